// What buyers do with an order of theirs, on a phone: buy with a promo code, have the tickets mailed again, exchange two for
// dearer ones and pay the rest, give one back and see where the money is, find all orders by a mailed link, take a copy,
// and have themselves forgotten. Run by TestHouse/walks/stage_door, which says where the house is.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { payByCard } from "./card.mjs";
import { at, look, lookBoth, open, signIn, sizes, somebody, until } from "./desk.mjs";

const site = "wyndhams";
const { PORT, SCREENSHOTS } = process.env;
const code = "WALK-25";
const email = "algernon@example.org";
let old; // the link of the order that was placed first, as a buyer keeps it

test("a buyer's orders", async (t) => {
  const browser = await open();
  t.after(() => browser.close());
  const marketer = await somebody(browser, t);
  await makeCode(marketer);
  const page = await somebody(browser, t, sizes.phone);
  await page.context().setExtraHTTPHeaders({}); // the provider's own scripts ask it from this page: no header of ours goes there
  const order = await buy(page);
  await again(page);
  await printed(page);
  await exchange(page);
  await whatItBecame(page);
  await giveBack(page);
  await history(page, order);
  await forget(page);
  await pauseCode(marketer);
});

// makeCode is a marketer's: a quarter off at this theatre.
async function makeCode(page) {
  await signIn(page, "Marketer", `/sites/${site}/promos`);
  await page.getByTestId("new-promo").click();
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByLabel("How much").fill("25");
  await look(page, "customers-1-promo-form");
  await page.getByTestId("promo-save").click();
  await page.getByTestId("promos").getByText(code).first().waitFor();
}

// pauseCode sees that it was used, and ends it.
async function pauseCode(page) {
  await page.getByTestId("promos").getByRole("link", { name: code }).click();
  await page.getByTestId("promo-uses").getByRole("listitem").first().waitFor();
  await lookBoth(page, "customers-12-promo");
  await page.getByTestId("promo-pause").click();
  await page.getByTestId("promo-resume").waitFor();
  await page.getByRole("link", { name: "All codes" }).click();
  await page.getByTestId("promos").getByText("Paused").waitFor();
  await lookBoth(page, "customers-13-promos");
}

// best chooses the best seats there are, or the best of the cheapest.
async function best(page, count, cheap = false) {
  await page.locator('[data-testid="live-indicator"][data-state="live"]').waitFor();
  const form = page.locator('form[action$="/best"]');
  if (!(await form.locator("[name=count]").isVisible())) await page.locator("summary", { hasText: "Let us choose" }).click();
  await form.locator("[name=count]").selectOption(String(count));
  if (cheap) await form.locator("[name=band]").selectOption(await cheapest(form));
  await form.locator("button[type=submit]").click();
}

// cheapest is the price band that costs least.
const cheapest = (form) => form.locator("[name=band] option:not([value=''])").evaluateAll((all) => {
  const price = (option) => Number(/[\d.,]+/.exec(option.text)[0].replaceAll(",", ""));
  return all.sort((a, b) => price(a) - price(b))[0].value;
});

const pounds = (text) => Number(/£([\d.,]+)/.exec(text)[1].replaceAll(",", ""));

async function pay(page) {
  await payByCard(page);
  await page.locator('[data-testid="order-state"][data-state="paid"]').waitFor();
}

// farOff is a performance that the terms of sale let people exchange and give back, whenever this is run, with another
// such one after it.
async function farOff(page) {
  await page.goto(at(site, "/"));
  const id = await page.evaluate(async () => {
    const ask = async (path) => (await fetch(`/api/v1/shows${path}`)).json();
    for (const { slug } of (await ask("")).shows) {
      const nights = (await ask(`/${slug}`)).performances.filter((p) => p.status === "on_sale" && new Date(p.starts_at) - Date.now() > 4 * 86_400_000);
      if (nights.length > 1) return nights.at(-2).id;
    }
  });
  assert.ok(id, "no show runs for long enough");
  return id;
}

async function buy(page) {
  await page.goto(at(site, `/performances/${await farOff(page)}`));
  await best(page, 3, true);
  await page.waitForURL(/\/checkout\//);
  await page.getByLabel("Promo code").fill(code.toLowerCase());
  await page.getByTestId("promo-apply").click();
  await page.getByTestId("breakdown").getByText(code).waitFor();
  assert.match(await page.getByTestId("breakdown").innerText(), /−£\d/, "what the code took off");
  assert.match(await page.getByTestId("promo-good").innerText(), /WALK-25 takes £\d[\d.,]* off/);
  await page.getByLabel("Full name").fill("Algernon Moncrieff");
  await page.getByLabel("E-mail").fill(email);
  await lookBoth(page, "customers-2-code");
  await page.getByTestId("to-payment").click();
  await pay(page);
  old = page.url();
  return (await page.getByTestId("order-number").innerText()).trim();
}

// again has the tickets mailed again.
async function again(page) {
  await mails(1);
  await page.getByTestId("resend").click();
  await page.getByTestId("said").getByText("sent your tickets again").waitFor();
  await mails(2);
}

// printed is the page of the order on paper.
async function printed(page) {
  const paper = await page.pdf({ format: "A4" });
  if (SCREENSHOTS) writeFileSync(`${SCREENSHOTS}/customers-printed.pdf`, paper);
  const sheets = paper.toString("latin1").match(/\/Type \/Page\b/g)?.length;
  assert.ok(sheets <= 2, `three tickets take ${sheets} sheets`);
}

// exchange gives two of three tickets for two dearer ones: there is a rest to pay.
async function exchange(page) {
  await page.getByTestId("exchange").click();
  await page.getByTestId("exchange-seat-0").check();
  await page.getByTestId("exchange-seat-1").check();
  await page.locator('[data-testid^="exchange-night-"]').last().check();
  await look(page, "customers-3-exchange");
  await page.getByTestId("exchange-start").click();
  await page.getByTestId("exchanging").waitFor();
  await best(page, 2);
  const due = pounds(await page.getByTestId("exchange-due").innerText());
  assert.ok(due > 0, "dearer seats cost more");
  await look(page, "customers-4-deal");
  await page.getByTestId("exchange-agree").click();
  await page.waitForURL(/\/pay\?/);
  await page.getByTestId("payment-element").frameLocator("iframe").first().locator("#number").waitFor();
  assert.equal(pounds(await page.getByTestId("pay-due").innerText()), due);
  await look(page, "customers-5-rest");
  await pay(page);
}

// whatItBecame is the way from the first order, some of whose seats were exchanged, to the new one.
async function whatItBecame(page) {
  const made = page.url();
  const number = (await page.getByTestId("order-number").innerText()).trim();
  await page.goto(old);
  await page.getByTestId("became").filter({ hasText: number }).waitFor();
  await look(page, "customers-6-became");
  await page.getByTestId("became").click();
  await page.getByTestId("order-number").filter({ hasText: number }).waitFor();
  assert.equal(page.url().split("?")[0], made.split("?")[0]);
}

async function giveBack(page) {
  await page.getByTestId("give-back").click();
  await page.getByTestId("give-back-0").check();
  await page.getByTestId("give-back-send").click();
  await page.getByTestId("said").waitFor();
  await page.getByTestId("refund").first().waitFor();
  await look(page, "customers-7-refund");
}

async function history(page, order) {
  await page.goto(at(site, "/my"));
  await page.getByLabel("E-mail").fill(email);
  await page.getByTestId("ask-link").click();
  await page.getByTestId("link-sent").waitFor();
  await page.goto(await mailed());
  await page.getByTestId("open-link").click();
  await page.getByTestId("my-orders").waitFor();
  assert.equal(await page.getByTestId("my-order").count(), 2);
  await page.getByText(order).waitFor();
  await look(page, "customers-8-orders");
  const answer = await page.evaluate(async () => (await fetch("/my/copy.json")).json());
  assert.equal(answer.orders.length, 2);
  await page.getByTestId("copy").click();
  await page.getByTestId("my-copy").waitFor();
  await look(page, "customers-9-copy");
}

// forget has everything erased, and comes back with a link that was kept: the ticket admits, and nobody's name is on it.
async function forget(page) {
  // A refund that is still on its way comes first.
  await until(async () => {
    await page.goto(at(site, "/my/forget"));
    return page.getByTestId("forget-me").isVisible();
  }, "the money went back");
  await page.getByTestId("forget-me").click();
  await page.getByTestId("problem").waitFor(); // there are tickets, and nothing was confirmed
  await page.getByTestId("confirm-coming").check();
  await look(page, "customers-10-forget");
  await page.getByTestId("forget-me").click();
  await page.getByTestId("forgotten").waitFor();
  await page.goto(at(site, "/my"));
  await page.getByTestId("ask-link").waitFor();
  await page.goto(old);
  await page.getByTestId("order-number").waitFor();
  const text = await page.locator("body").innerText();
  assert.doesNotMatch(text, /Algernon|example\.org/);
  await look(page, "customers-11-old-link");
}

const box = `http://127.0.0.1:${Number(PORT) + 1}/dev/mail`;
const inbox = async () => [...(await (await fetch(`${box}?to=${encodeURIComponent(email)}`)).text()).matchAll(/\/dev\/mail\/([0-9a-f-]{36})/g)].map(([, id]) => id);

// mails waits until so many have come.
const mails = (count) => until(async () => new Set(await inbox()).size >= count, `${count} mails came`);

// mailed waits for the mail with a link, and takes it out.
async function mailed() {
  let link;
  await until(async () => {
    for (const id of await inbox()) {
      const body = await (await fetch(`${box}/${id}/body`)).text();
      link ??= /href="([^"]*\/my\/open\/[^"]+)"/.exec(body);
    }
    return link;
  }, "the mail with the link");
  return link[1].replaceAll("&amp;", "&");
}
