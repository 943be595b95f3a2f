// A browser for walks through the staff console: opening it, signing in, and holding a page against what every page
// must be. Used by every walk through the console.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { PORT, SCREENSHOTS } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const patience = 120_000; // ms; a busy machine is slow, not broken
export const sizes = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale: "en-GB" },
  desktop: { viewport: { width: 1280, height: 900 }, locale: "en-GB" },
};
export const at = (site, path) => `http://${site}.localhost:${PORT}${path}`;
export const desk = (path) => at("console", path);

export const open = () => chromium.launch({
  executablePath: process.env.CHROMIUM, timeout: patience,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
});

let people = 0;
const walk = (process.pid & 0xff).toString(); // walks run beside each other

// somebody has a browser of their own, and an address of their own, as people have: sign-ins are limited by it. What the
// browser complains of fails the test, but for answers that are meant. When a test fails, it says what they saw.
export async function somebody(browser, t, options = sizes.desktop, meant = /status of (403|404|409|422|503)/) {
  const address = `198.18.${walk}.${++people}`; // of a range for benchmarks
  const context = await browser.newContext({ ...options, extraHTTPHeaders: { "CF-Connecting-IP": address } });
  context.setDefaultTimeout(patience); // of windows that it opens, too
  const page = await context.newPage();
  const faults = [];
  page.on("console", (m) => m.type() === "error" && !meant.test(m.text()) && faults.push(m.text()));
  page.on("pageerror", (e) => faults.push(String(e)));
  t.after(async () => {
    if (!t.passed) for (const one of context.pages()) t.diagnostic(await seen(one));
    await context.close();
    assert.deepEqual(faults, [], "the browser complained");
  });
  return page;
}

// until asks again and again whether something is done, for what no page says by itself.
export async function until(done, what) {
  for (const end = Date.now() + patience; !(await done()); await new Promise((go) => setTimeout(go, 200))) {
    assert.ok(Date.now() < end, `still not: ${what}`);
  }
}

// seen is what a page shows, in few lines.
async function seen(page) {
  const text = await page.locator("main, body").last().innerText({ timeout: 5000 }).catch((e) => String(e));
  return `${page.url()} shows: ${text.replace(/\s+/g, " ").slice(0, 600)}`;
}

// signIn walks through the provider as one of its practice accounts.
export async function signIn(page, account, path = "/") {
  await page.goto(desk(path));
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: new RegExp(`^${account}`) }).click();
  await page.waitForURL((url) => url.hostname === "console.localhost" && !url.pathname.startsWith("/sign-in"));
}

// look holds a page against axe, in light and in dark, sees that it fits, and keeps a picture of both.
export async function look(page, name) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(() => document.getAnimations().forEach((a) => a.effect?.getComputedTiming().endTime < Infinity && a.finish()));
    if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe); // once a page: it is long
    // The dark differs by its colours alone.
    const rules = scheme === "dark" ? { type: "rule", values: ["color-contrast", "link-in-text-block"] } : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const found = await page.evaluate(async (runOnly) => (await window.axe.run(document, { runOnly, resultTypes: ["violations"] })).violations
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`), rules);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}-${scheme}.png`, fullPage: true });
    assert.deepEqual(found, [], `${name}, ${scheme}`);
    assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
  }
}

// lookBoth looks at a page as it is on a phone and on a desk, whichever it is walked through on.
export async function lookBoth(page, name) {
  const own = page.viewportSize();
  for (const [size, { viewport }] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await look(page, `${name}-${size}`);
  }
  await page.setViewportSize(own);
}
