// What a team would write with Hono: a middleware for each concern, the same
// routing work as the edge's, as far as it goes (host, maintenance, 10,000
// redirects in a Map, security headers), and a fetch. No signature for the
// origin, no access rules, bots, rate limits, locales, rooms or cache keys.

import { Hono } from "hono";

export function make(site, redirects) {
  const sites = new Map([[site.hostname, site], ...site.aliases.map((alias) => [alias, site])]);
  const rules = new Map(redirects.map((rule) => [rule.source, rule]));
  const campaign = /^(utm_.*|gclid|fbclid)$/;
  const app = new Hono();

  app.use(async (c, next) => {
    const found = sites.get(new URL(c.req.url).hostname);
    if (!found) return c.text("No site is served at this address.\n", 421);
    c.set("site", found);
    await next();
  });

  app.use(async (c, next) => {
    await next();
    c.header("X-Request-Id", c.req.header("x-request-id") ?? crypto.randomUUID());
    c.header("X-Content-Type-Options", "nosniff");
    c.header("X-Frame-Options", "SAMEORIGIN");
    c.header("Referrer-Policy", "strict-origin-when-cross-origin");
    c.header("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(self)");
    c.header("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
  });

  app.use(async (c, next) => {
    const now = Date.now();
    for (const window of c.get("site").maintenance) {
      const begun = !window.starts_at || Date.parse(window.starts_at) <= now;
      const ended = window.ends_at && Date.parse(window.ends_at) <= now;
      if (begun && !ended && c.req.path.startsWith(window.path_prefix)) return c.text("Closed.\n", 503, { "retry-after": "60" });
    }
    await next();
  });

  app.use(async (c, next) => {
    const rule = rules.get(c.req.path);
    if (!rule) return next();
    const target = new URL(rule.target, c.req.url);
    for (const [name, value] of new URL(c.req.url).searchParams) {
      if (campaign.test(name) && !target.searchParams.has(name)) target.searchParams.append(name, value);
    }
    c.header("cache-control", "public, max-age=3600");
    return c.redirect(target.href, rule.status);
  });

  app.all("*", async (c) => {
    const url = new URL(c.req.url);
    const headers = new Headers(c.req.raw.headers);
    headers.set("x-stagedoor-site", c.get("site").id);
    headers.set("x-forwarded-host", url.host);
    headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
    const response = await fetch(c.env.ORIGIN + url.pathname + url.search, {
      method: c.req.method, headers, body: c.req.raw.body, redirect: "manual",
    });
    return new Response(response.body, response);
  });
  return app;
}

let app;

export default {
  async fetch(request, env, ctx) {
    app ??= make(JSON.parse(env.SITE), JSON.parse(env.REDIRECTS));
    return app.fetch(request, env, ctx);
  },
};
