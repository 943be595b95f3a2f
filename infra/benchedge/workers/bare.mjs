// The least a JavaScript Worker can do: answer, or fetch.

const moved = { status: 301, headers: { location: "/shows/the-importance-of-being-earnest", "cache-control": "public, max-age=3600" } };

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/offers/")) return new Response(null, moved);
    return fetch(env.ORIGIN + url.pathname + url.search, request);
  },
};
