// Pays in Chromium. Run by TestInABrowser, which says where the shop is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const shop = process.env.SHOP, stripe = process.env.STRIPE, shots = process.env.SCREENSHOTS;
const patience = 120_000; // ms; a busy machine is slow, not broken
const phone = { width: 390, height: 844 }, desktop = { width: 1280, height: 900 };
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    timeout: patience,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
});
after(() => browser?.close());

// visit opens a checkout and waits until the card form is there.
async function visit(t, { path = "/", viewport = desktop, ...context } = {}) {
  const page = await (await browser.newContext({ viewport, ...context })).newPage();
  page.setDefaultTimeout(patience);
  const faults = [];
  page.on("console", (m) => m.type() === "error" && !/402 \(Payment Required\)/.test(m.text()) && faults.push(m.text()));
  page.on("pageerror", (e) => faults.push(String(e)));
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(faults, [], "the browser complained");
  });
  await page.goto(shop + path);
  await page.waitForFunction(() => window.events?.some((e) => e.name === "ready"));
  const card = page.frameLocator("#payment iframe");
  return { page, card };
}

async function fill(card, number, { expiry = "1230", cvc = "123", postcode = "WC2E 7RQ" } = {}) {
  await card.getByLabel("Card number").pressSequentially(number);
  await card.getByLabel("Expiry date").pressSequentially(expiry);
  await card.getByLabel("Security code").pressSequentially(cvc);
  if (postcode) await card.getByLabel(/Postcode|ZIP code/).fill(postcode);
}

// By keyboard: right after a scroll Chromium may still send a click to the frame that
// was there before.
async function pay(page) {
  await page.getByRole("button", { name: "Pay now" }).press("Enter");
}

async function answer(page) {
  await page.waitForFunction(() => window.answer, null, { timeout: patience }).catch(async (e) => {
    await picture(page, "stuck");
    throw e;
  });
  return page.evaluate(() => window.answer);
}

const picture = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
const challengeOf = (page) => page.frameLocator("dialog iframe");

test("a good card pays, typed with the keyboard alone", async (t) => {
  const { page, card } = await visit(t);
  await card.getByLabel("Card number").focus();
  await page.keyboard.type("4242424242424242");
  await page.keyboard.press("Tab");
  await page.keyboard.type("1230");
  await page.keyboard.press("Tab");
  await page.keyboard.type("123");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab"); // past the country
  await page.keyboard.type("WC2E 7RQ");
  assert.equal(await card.getByLabel("Card number").inputValue(), "4242 4242 4242 4242");
  assert.equal(await card.getByLabel("Expiry date").inputValue(), "12 / 30");
  await page.waitForFunction(() => window.events.some((e) => e.complete));
  const change = await page.evaluate(() => window.events.filter((e) => e.name === "change").at(-1));
  assert.deepEqual(change, { name: "change", elementType: "payment", complete: true, empty: false, collapsed: false, value: { type: "card" } });
  await page.keyboard.press("Enter"); // sends the shop's own form
  const { paymentIntent, error } = await answer(page);
  assert.equal(error, undefined);
  assert.equal(paymentIntent.status, "succeeded");
  assert.equal(paymentIntent.metadata, undefined, "a publishable key must not see the order");
  const fact = await page.evaluate(async (id) => (await fetch(`/?intent=${id}`)).json(), paymentIntent.id);
  assert.equal(fact.Status, "succeeded");
  assert.equal(fact.Received, 17900);
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// barriers lists what axe finds wrong with the document of a frame.
async function barriers(page, path) {
  const frame = page.frames().find((f) => new URL(f.url()).pathname.startsWith(path));
  // The card form is transparent: give it the page's background, which axe can't see.
  await frame.evaluate(() => (document.documentElement.style.background = "Canvas"));
  await frame.evaluate(axe);
  const found = await frame.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
}

test("axe finds nothing in the card form and the check, by day and by night", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, card } = await visit(t, { colorScheme });
    await card.getByText("Test cards", { exact: true }).click();
    await pay(page); // so that the errors are looked at too
    await answer(page);
    await page.evaluate(() => delete window.answer);
    assert.deepEqual(await barriers(page, "/elements/card"), [], colorScheme);
    await card.getByRole("button", { name: /^3-D Secure, then succeeds/ }).click();
    await pay(page);
    await challengeOf(page).getByRole("button", { name: "Complete authentication" }).waitFor();
    assert.deepEqual(await barriers(page, "/3ds/"), [], colorScheme);
  }
});

test("the page hardly moves when the card form arrives", async (t) => {
  for (const viewport of [phone, desktop]) {
    const { page } = await visit(t, { viewport });
    const shift = await page.evaluate(() => new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, e) => sum + e.value, 0))).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => resolve(0), 300);
    }));
    assert.ok(shift < 0.02, `layout shift ${shift} at ${viewport.width}px, frame ${await page.locator("#payment iframe").evaluate((f) => f.style.height)}`);
  }
});

test("card numbers never touch the shop's page", async (t) => {
  const { page, card } = await visit(t);
  const sent = [];
  page.on("request", (r) => sent.push({ to: new URL(r.url()).origin, body: r.postData() ?? "", url: r.url() }));
  await fill(card, "4242424242424242");
  await pay(page);
  await answer(page);
  const seen = sent.filter((s) => (s.body + s.url).includes("4242424242424242"));
  assert.equal(seen.length, 1);
  assert.notEqual(seen[0].to, new URL(shop).origin);
  assert.equal((await page.content()).includes("4242"), false);
});

test("a declined card says why, and another card pays", async (t) => {
  const { page, card } = await visit(t);
  await fill(card, "4000000000009995");
  await pay(page);
  const { error } = await answer(page);
  assert.equal(error.type, "card_error");
  assert.equal(error.code, "card_declined");
  assert.equal(error.decline_code, "insufficient_funds");
  assert.equal(error.payment_intent.status, "requires_payment_method");
  await page.evaluate(() => delete window.answer);
  await card.getByLabel("Card number").fill("5555555555554444");
  await pay(page);
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
});

test("a wrong security code is shown at its field", async (t) => {
  const { page, card } = await visit(t);
  await fill(card, "4000000000000127");
  await pay(page);
  assert.equal((await answer(page)).error.code, "incorrect_cvc");
  await card.getByText("Your card's security code is incorrect.").waitFor();
  assert.equal(await card.getByLabel("Security code").getAttribute("aria-invalid"), "true");
});

test("what is missing is asked for, in words and in the first field", async (t) => {
  const { page, card } = await visit(t);
  await pay(page);
  const { error } = await answer(page);
  assert.deepEqual([error.type, error.code], ["validation_error", "incomplete_number"]);
  await card.getByText("Enter your card number.").waitFor();
  for (const [label, message] of [["Card number", "Enter your card number."], ["Security code", "Enter the security code."]]) {
    const input = card.getByLabel(label);
    assert.equal(await input.getAttribute("aria-invalid"), "true");
    const described = await input.getAttribute("aria-describedby");
    assert.equal(await card.locator(`#${described}`).textContent(), message);
  }
  assert.equal(await card.locator(":focus").getAttribute("id"), "number");
  await picture(page, "errors-desktop");
});

test("3-D Secure, completed", async (t) => {
  const { page, card } = await visit(t);
  await fill(card, "4000002500003155");
  await pay(page);
  const check = challengeOf(page);
  await check.getByText("£179.00").waitFor();
  await check.getByText("Visa ending in 3155").waitFor();
  await picture(page, "3ds-desktop");
  await check.getByRole("button", { name: "Complete authentication" }).click();
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
  assert.equal(await page.locator("dialog").count(), 0);
});

test("3-D Secure, failed, then given up with Esc, then another card", async (t) => {
  const { page, card } = await visit(t);
  await fill(card, "4000002760003184");
  await pay(page);
  await challengeOf(page).getByRole("button", { name: "Fail authentication" }).click();
  assert.equal((await answer(page)).error.code, "payment_intent_authentication_failure");
  await page.evaluate(() => delete window.answer);
  await pay(page);
  await challengeOf(page).getByRole("button", { name: "Complete authentication" }).waitFor();
  await challengeOf(page).locator("h1:focus").waitFor(); // the keyboard is where the check is
  await page.keyboard.press("Escape");
  assert.equal((await answer(page)).error.code, "payment_intent_authentication_failure");
  await page.evaluate(() => delete window.answer);
  await card.getByLabel("Card number").fill("4242424242424242");
  await pay(page);
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
});

test("3-D Secure passed, then declined by the bank", async (t) => {
  const { page, card } = await visit(t);
  await fill(card, "4000008260003178");
  await pay(page);
  await challengeOf(page).getByRole("button", { name: "Complete authentication" }).click();
  assert.equal((await answer(page)).error.decline_code, "insufficient_funds");
});

test("by default the buyer is sent to the return page", async (t) => {
  const { page, card } = await visit(t, { path: "/?redirect=always" });
  await fill(card, "4242424242424242");
  await pay(page);
  await page.waitForURL("**/return?**");
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get("redirect_status"), "succeeded");
  const { paymentIntent } = await page.evaluate(
    (secret) => stripe.retrievePaymentIntent(secret), query.get("payment_intent_client_secret"));
  assert.equal(paymentIntent.status, "succeeded");
});

test("test cards fill themselves in, on a phone", async (t) => {
  const { page, card } = await visit(t, { viewport: phone, hasTouch: true, isMobile: true });
  await picture(page, "card-phone");
  await card.getByText("Test cards", { exact: true }).click();
  await card.getByRole("button", { name: /Insufficient funds/ }).first().waitFor();
  await picture(page, "card-phone-open");
  await card.getByRole("button", { name: /^Succeeds/ }).click();
  await pay(page);
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
});

test("Americans are asked for a ZIP code, Germans for none", async (t) => {
  const { page, card } = await visit(t, { path: "/usd" });
  await card.getByLabel("ZIP code").waitFor();
  await card.getByLabel("Country or region").selectOption("DE");
  assert.equal(await card.getByLabel("ZIP code").isVisible(), false);
  await fill(card, "4242424242424242", { postcode: "" });
  await pay(page);
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
});

test("the form looks right in the dark, in a brand's colour, and filled in", async (t) => {
  for (const [name, options] of Object.entries({
    "card-desktop": {}, "card-desktop-dark": { colorScheme: "dark" },
    "card-phone-dark": { colorScheme: "dark", viewport: phone, isMobile: true },
    "card-brand": { path: "/?primary=%237a1631" },
  })) {
    const { page, card } = await visit(t, options);
    const frame = page.locator("#payment iframe");
    const size = await frame.evaluate((f) => f.contentWindow && f.getBoundingClientRect().height);
    assert.ok(size > 200, `${name}: the frame is ${size}px high`);
    if (options.colorScheme === "dark") await fill(card, "378282246310005", { cvc: "1234" });
    if (name === "card-brand") await card.getByLabel("Expiry date").focus();
    await picture(page, name);
  }
});

test("3-D Secure on a phone, in the dark", async (t) => {
  const { page, card } = await visit(t, { viewport: phone, isMobile: true, colorScheme: "dark" });
  await fill(card, "4000002500003155");
  await pay(page);
  await challengeOf(page).getByRole("button", { name: "Complete authentication" }).waitFor();
  await picture(page, "3ds-phone-dark");
  await challengeOf(page).getByRole("button", { name: "Complete authentication" }).click();
  assert.equal((await answer(page)).paymentIntent.status, "succeeded");
});

test("the control panel, on a phone in the dark and by keyboard", async (t) => {
  const { page, card } = await visit(t, { viewport: phone, isMobile: true, colorScheme: "dark" });
  await fill(card, "4242424242424242");
  await pay(page);
  const { paymentIntent } = await answer(page);
  const press = async (name) => {
    const gone = page.waitForEvent("load");
    await page.getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
    await gone;
  };
  const sound = async (name) => {
    assert.deepEqual(await barriers(page, new URL(page.url()).pathname), [], name);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the phone`);
    await picture(page, `panel-${name}`);
  };
  await page.goto(stripe);
  await page.getByRole("row", { name: new RegExp(`succeeded £179.00.*${paymentIntent.id}`) }).waitFor();
  await sound("payments");
  await page.getByRole("link", { name: paymentIntent.id }).click();
  await page.getByLabel("The buyer’s bank questions the payment, because of").selectOption("product_not_received");
  await press("Open the dispute");
  await page.getByText("The buyer’s bank questions the payment.", { exact: true }).waitFor();
  await page.getByLabel("What speaks for the shop").fill("They were let in at 19:02.");
  await press("Send it to the bank");
  await page.getByText("under review").first().waitFor();
  await sound("dispute");
  await press("The bank decides for the shop");
  await page.getByRole("textbox", { name: "Give back from Stripe’s dashboard" }).fill("12.50");
  await page.getByLabel("The bank takes its time: it stays pending").check();
  await press("Give it back");
  await press(/^It fails \(/);
  await page.getByText("failed: lost or stolen card").waitFor();
  await sound("refund");
  await page.getByRole("link", { name: "Webhooks" }).click();
  await press("Hold back from now on");
  await page.getByText("Held back.", { exact: true }).waitFor();
  await sound("webhooks");
  await press("Let them go");
  await page.getByRole("link", { name: "Faults" }).click();
  await page.getByLabel("What goes wrong").selectOption("slow");
  await press("Plan it");
  await page.getByText("Any request, once").waitFor();
  await sound("faults");
  await press("Forget all of them");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
  await page.goto(`${stripe}/payments/${paymentIntent.id}`);
  await sound("payment-desktop");
  await page.goto(`${stripe}/cards`);
  await sound("cards-desktop");
});
