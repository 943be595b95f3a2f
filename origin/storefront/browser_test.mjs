// The storefront in Chromium. Run by TestInABrowser, which says where it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { PORT, PERFORMANCE, ORDER, SCREENSHOTS } = process.env;
const patience = 120_000; // ms; a busy machine is slow, not broken
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, desktop = { viewport: { width: 1280, height: 900 } };
const at = (site, path) => `http://${site}.localhost:${PORT}${path}`;
const performance = `/performances/${PERFORMANCE}`;
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM, timeout: patience,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
  });
});
after(() => browser?.close());

// visitor opens a browser of their own; what the browser complains of fails the test.
async function visitor(t, options = desktop) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const faults = [];
  page.on("console", (m) => m.type() === "error" && !/status of (404|409|410|503)/.test(m.text()) && faults.push(m.text()));
  page.on("pageerror", (e) => faults.push(String(e)));
  t.after(async () => {
    if (!t.passed) t.diagnostic(`${page.url()} shows: ${(await page.locator("body").innerText({ timeout: 5000 }).catch(String)).replace(/\s+/g, " ").slice(0, 600)}`);
    await context.close();
    assert.deepEqual(faults, [], "the browser complained");
  });
  return page;
}

async function openMap(page) {
  await page.goto(at("lyceum", performance));
  await page.locator('[data-testid="live-indicator"][data-state="live"]').waitFor();
  await page.locator("#map [data-seat-id]").first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => {})); // what a finger or a mouse is to meet stays where it is
}
const seat = (page, id) => page.locator(`#map [data-seat-id="${id}"]`);
const freeSeats = (page) => page.locator('#map [data-seat-id][data-state="free"]:not([data-kind])').evaluateAll((all) => all.map((s) => s.dataset.seatId));
const until = (page, id, state) => page.locator(`#map [data-seat-id="${id}"][data-state="${state}"]`).waitFor({ state: "attached" });

async function look(page, name) {
  await page.evaluate(() => document.getAnimations().forEach((a) => a.effect?.getComputedTiming().endTime < Infinity && a.finish())); // colours on their way are nobody's
  const found = await page.evaluate(async (source) => {
    if (!window.axe) (0, eval)(source);
    return (await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })).violations
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
  }, axe);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
  assert.deepEqual(found, [], name);
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
}

const pages = [
  ["home", "lyceum", "/"], ["group", "stagedoor", "/"], ["between seasons", "empty", "/"], ["show", "lyceum", "/shows/hamlet"],
  ["search", "lyceum", "/search?q=ham"], ["nothing found", "lyceum", "/search?q="], ["group search", "stagedoor", "/search?q=ham&when=matinee"],
  ["search map", "stagedoor", "/search?view=map"], ["search calendar", "stagedoor", "/search?view=calendar"],
  ["theatre", "lyceum", "/venue"], ["stories", "lyceum", "/read"], ["story", "lyceum", "/read/on-ghosts"], ["booking", "lyceum", "/booking"], ["privacy", "lyceum", "/privacy"], ["not found", "lyceum", "/nowhere"],
  ["seat map", "lyceum", performance], ["order", "lyceum", ORDER],
];
// Contrast follows the colours, everything else the width: two of the four combinations say it all.
for (const [size, options] of Object.entries({ phone: { ...phone, colorScheme: "dark" }, desktop: { ...desktop, colorScheme: "light" } })) {
  test(`axe finds nothing: ${size}, ${options.colorScheme}`, async (t) => {
    const page = await visitor(t, options);
    for (const [name, site, path] of pages) {
      await page.goto(at(site, path));
      if (name === "group search") await page.getByText("Dates, prices, access").click();
      if (name === "seat map") await page.locator('#map [data-seat-id][data-state="free"]').first().waitFor({ state: "attached" });
      await look(page, `${name}-${size}-${options.colorScheme}`);
      if (name === "seat map") {
        await page.locator("#show-list").click();
        await page.locator("#seat-list summary").first().click();
        await page.locator("#seat-list input").first().check({ force: true });
        await look(page, `seat list-${size}-${options.colorScheme}`);
      }
    }
  });
}

test("nothing moves while a page loads", async (t) => {
  const page = await visitor(t, phone);
  await page.addInitScript(() => {
    window.moved = [];
    const named = (node) => `${node?.nodeName.toLowerCase()}.${node?.className?.baseVal ?? node?.className}`;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved.push({ by: e.value, what: e.sources.map((s) => named(s.node)) });
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const [name, site, path] of pages) {
    await page.goto(at(site, path), { waitUntil: "networkidle" }).catch(() => {}); // the seat map never idles
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const moved = await page.evaluate(() => window.moved);
    const sum = moved.reduce((total, { by }) => total + by, 0);
    assert.ok(sum < 0.1, `${name}: layout shift ${sum}: ${JSON.stringify(moved)}`);
  }
});

test("two visitors see each other's seats, and the slower one keeps the rest", async (t) => {
  const [ada, bob] = [await visitor(t), await visitor(t)];
  await openMap(ada);
  await openMap(bob);
  const [first, second, third] = (await freeSeats(ada)).slice(0, 3); // from the wall, so that none is left alone
  for (const id of [first, second]) await seat(ada, id).click();
  for (const id of [second, third]) await seat(bob, id).click();
  await ada.getByTestId("hold").click();
  await ada.waitForURL(/\/checkout\//);
  await until(bob, first, "held");
  await bob.getByTestId("seat-alert").filter({ hasText: /quicker/ }).waitFor();
  assert.deepEqual(await bob.locator("[data-chosen-seat]").evaluateAll((all) => all.map((s) => s.dataset.chosenSeat)), [third]);
  assert.equal(await seat(bob, second).getAttribute("aria-disabled"), "true");
  await seat(bob, second).click({ force: true });
  assert.equal(await bob.locator("[data-chosen-seat]").count(), 1, "a seat that is held can't be chosen");

  // What the map did not know yet, the box office says: exactly which seats went, and the others stay.
  await bob.route("**/events", (route) => route.fulfill({ contentType: "text/event-stream", body: 'event: snapshot\ndata: {"seq":1,"seats":{}}\n\n' }));
  await bob.reload();
  await until(bob, second, "free");
  await seat(bob, second).click();
  await bob.getByTestId("hold").click();
  await bob.getByTestId("seat-alert").filter({ hasText: /quicker/ }).waitFor();
  assert.deepEqual(await bob.locator("[data-chosen-seat]").evaluateAll((all) => all.map((s) => s.dataset.chosenSeat)), [third]);

  // Giving the seats back frees them for everyone; back at the map the visitor's own hold is known.
  await ada.goto(at("lyceum", performance));
  await ada.getByTestId("continue").waitFor();
  await ada.locator(`[data-chosen-seat="${first}"]`).waitFor({ state: "attached" });
  await ada.getByTestId("release").click();
  await ada.locator('[data-testid="live-indicator"][data-state="live"]').waitFor();
  await until(ada, first, "free");
});

test("seats are chosen with the keyboard alone", async (t) => {
  const page = await visitor(t);
  await openMap(page);
  await page.locator("#map [tabindex='0']").focus();
  const start = await page.evaluate(() => document.activeElement.dataset.seatId);
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  const there = await page.evaluate(() => document.activeElement.dataset.seatId);
  assert.notEqual(there, start);
  await page.keyboard.press("Enter");
  await page.locator(`[data-chosen-seat="${there}"]`).waitFor({ state: "attached" });
  assert.equal(await seat(page, there).getAttribute("aria-checked"), "true");
  assert.match(await seat(page, there).getAttribute("aria-label"), /row .*, seat .*, £.*chosen/);
  await page.locator("#announce").filter({ hasText: /chosen\. 1 seat, £/ }).waitFor({ state: "attached" });
  assert.ok(await page.locator("#seat-card").isVisible());
  const seen = await seat(page, there).boundingBox(), map = await page.locator("#map").boundingBox();
  assert.ok(seen.x >= map.x && seen.y >= map.y && seen.x + seen.width <= map.x + map.width && seen.y + seen.height <= map.y + map.height, "the focused seat is in view");
  assert.equal(await page.locator("#map [tabindex='0']").count(), 1, "one stop for the tab key");
  await page.keyboard.press(" ");
  await page.locator("[data-chosen-seat]").waitFor({ state: "detached" });
  await page.keyboard.press("Home");
  await page.keyboard.press("End");
  await page.keyboard.press("+");
  await page.keyboard.press("0");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#seat-card").isHidden());
});

test("a finger comes closer first, then finds its seat; a reload keeps the choice", async (t) => {
  const page = await visitor(t, phone);
  await openMap(page);
  const box = await page.locator("#map").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.4];
  await page.touchscreen.tap(x, y);
  assert.equal(await page.locator("[data-chosen-seat]").count(), 0);
  await page.locator('#map[data-zoom="near"]').waitFor();
  const target = await page.locator('#map [data-seat-id][data-state="free"]').evaluateAll((all, mid) => {
    const near = all.map((s) => ({ id: s.dataset.seatId, box: s.getBoundingClientRect() })).map(({ id, box }) => ({ id, size: box.width, x: box.x + box.width / 2, y: box.y + box.height / 2 }));
    return near.sort((a, b) => Math.hypot(a.x - mid.x, a.y - mid.y) - Math.hypot(b.x - mid.x, b.y - mid.y))[0];
  }, { x, y });
  assert.ok(target.size >= 24 * 0.75, `a target of ${target.size} pixels`);
  await page.touchscreen.tap(target.x + 6, target.y - 6);
  await page.locator(`[data-chosen-seat="${target.id}"]`).waitFor({ state: "attached" });
  await page.locator("#basket-toggle").tap();
  await page.locator(`[data-chosen-seat="${target.id}"] select`).selectOption("concession");
  const total = await page.getByTestId("total").textContent();
  await page.reload();
  await page.locator(`[data-chosen-seat="${target.id}"]`).waitFor({ state: "attached" });
  assert.equal(await page.getByTestId("total").textContent(), total);
});

test("the list does what the map does, and a plan that can't be had at once comes later", async (t) => {
  const page = await visitor(t);
  await page.route("**/plan?**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"code":"overloaded","detail":"Not now."}' }), { times: 1 });
  await openMap(page);
  await page.locator("#show-list").click();
  await page.locator("#seat-list summary").first().click();
  const boxes = page.locator("#seat-list input[data-list-seat-id]");
  const id = await boxes.first().getAttribute("data-list-seat-id");
  await boxes.first().focus();
  await page.keyboard.press("Space");
  await page.locator(`[data-chosen-seat="${id}"]`).waitFor({ state: "attached" });
  await page.locator("#list-filter").selectOption("access");
  assert.ok(await page.locator("#seat-list li:visible").count() < 200);
  await page.locator("#show-map").click();
  assert.equal(await seat(page, id).getAttribute("aria-checked"), "true");
});

test("the checkout says what is wrong, keeps what was typed, and gives more time once", async (t) => {
  const page = await visitor(t);
  await openMap(page);
  await seat(page, (await freeSeats(page)).at(-5)).click();
  await page.locator("[data-chosen-seat] select").selectOption("concession");
  await page.getByTestId("hold").click();
  await page.waitForURL(/\/checkout\//);
  assert.equal(await page.locator("select[data-seat-id]").inputValue(), "concession", "who sits there came along");
  await look(page, "checkout-desktop-light");
  await page.getByTestId("to-payment").click();
  await page.locator("#name-fault").filter({ hasText: /name/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "name");
  await page.locator("#name").fill("Ada Bracknell");
  await page.locator("#email").fill("ada@example");
  await page.getByTestId("to-payment").click();
  await page.locator("#email-fault").filter({ hasText: /name@example\.org/ }).waitFor();
  await look(page, "checkout with faults-desktop-light");
  await page.locator("#email").fill("ada@example.org");
  await page.getByTestId("to-payment").click();
  await page.getByTestId("checkout-alert").filter({ hasText: /./ }).first().waitFor(); // the payment provider is away
  await page.reload();
  assert.equal(await page.locator("#email").inputValue(), "ada@example.org");
  await page.getByTestId("extend").click();
  await page.getByTestId("extend").waitFor({ state: "hidden" });
  await page.getByTestId("release").click();
  await page.waitForURL(/\/performances\//);
});

test("results come as one types, and the back button works", async (t) => {
  const page = await visitor(t);
  await page.goto(at("lyceum", "/search"));
  await page.getByTestId("search").fill("ham");
  await page.locator("#results mark").first().waitFor();
  await page.locator("#search-status").filter({ hasText: /2 shows found/ }).waitFor({ state: "attached" });
  assert.match(page.url(), /q=ham/);
  await page.getByTestId("search").press("ArrowDown");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Ham/, "the arrow key leads to the first result");
  await page.getByText("Dates, prices, access").click();
  await page.getByLabel("Time of day").selectOption("Evening");
  await page.locator("#results .active").getByText("Evening").waitFor();
  assert.match(page.url(), /q=ham&when=evening|when=evening.*q=ham/);
  await page.context().grantPermissions(["geolocation"], { origin: at("lyceum", "") });
  await page.context().setGeolocation({ latitude: 51.511111, longitude: -0.122222 });
  await page.getByRole("button", { name: "Near me" }).click();
  await page.locator("#results .active").getByText("Near you").waitFor();
  assert.match(page.url(), /near=51.51%2C-0.12/, "no nearer than a kilometre");
  await page.locator("#results").getByRole("link", { name: "Map" }).click();
  await page.getByTestId("place").first().waitFor();
  await page.getByTestId("search").fill("hamlet");
  await page.waitForURL(/q=hamlet/);
  await page.getByTestId("place").first().waitFor();
  assert.match(page.url(), /view=map/, "the view stays while one types on");
  await page.goto(at("lyceum", "/shows/hamlet"));
  const november = await page.getByTestId("performance").count();
  await page.getByRole("link", { name: "December 2026" }).click();
  await page.waitForURL(/month=2026-12/);
  await page.waitForFunction((n) => document.querySelectorAll('[data-testid="performance"]').length !== n, november);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-current")), "true", "the focus stays on the month");
  await page.goBack();
  await page.waitForFunction((n) => document.querySelectorAll('[data-testid="performance"]').length === n, november);
});

test("without scripts the best seats are held by a form", async (t) => {
  const page = await visitor(t, { ...phone, javaScriptEnabled: false });
  await page.goto(at("lyceum", performance));
  await page.locator("noscript .notice").waitFor();
  await page.locator("#best summary").click();
  await page.getByTestId("best").click();
  await page.waitForURL(/\/checkout\//);
  await page.locator("noscript .notice").waitFor();
  await page.getByTestId("release").click();
  await page.waitForURL(/\/performances\//);
});
