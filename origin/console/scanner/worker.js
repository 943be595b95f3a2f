// Keeps the scanner at hand when there is no network: its page, and the scripts and styles that the page names. All else
// goes to the house as if this were not here.
const CACHE = "stagedoor-scanner-1";
const PAGE = /^\/sites\/[^/]+\/door\/[^/]+\/scan$/;
const PATIENCE = 4000; // ms that the house gets before the kept page is shown

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(event.request, url.pathname));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(kept(event.request));
});

async function kept(request) {
  return await caches.match(request.url) ?? fetch(request);
}

async function page(request, path) {
  const cache = await caches.open(CACHE);
  const before = await cache.match(path);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok && answer.type === "basic") await cache.put(path, answer.clone());
    if (answer.status >= 500 && before) return before;
    return answer;
  });
  if (!before) return asked;
  const late = new Promise((resolve) => { setTimeout(() => resolve(before), PATIENCE); });
  return Promise.race([asked.catch(() => before), late]);
}

// The page says which files it needs; those of earlier builds go.
self.addEventListener("message", (event) => {
  const { keep } = event.data ?? {};
  if (!Array.isArray(keep)) return;
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    const wanted = new Set(keep.filter((path) => path.startsWith("/assets/")));
    for (const request of await cache.keys()) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/assets/") && !wanted.has(pathname)) await cache.delete(request);
    }
    for (const path of wanted) if (!await cache.match(path)) await cache.add(path);
    if (event.data.page && !await cache.match(event.data.page)) await cache.add(event.data.page);
    event.source.postMessage({ kept: wanted.size });
  })());
});
