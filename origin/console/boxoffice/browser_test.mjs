// A day at the box office, in Chromium. See browser_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { look, sizes } from "../../../infra/e2e/desk.mjs";

const { CHROMIUM, HOUSE, EVENING } = process.env;
const patience = Number(process.env.PATIENCE ?? 120_000); // ms; a busy machine is slow, not broken

test("a day at the box office", async (t) => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM, timeout: patience,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const faults = [];
  const context = await browser.newContext(sizes.desktop);
  await context.addCookies([{ name: "stagedoor_console", value: "box", url: HOUSE }]);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on("console", (m) => m.type() === "error" && faults.push(m.text()));
  page.on("pageerror", (e) => faults.push(String(e)));
  t.after(async () => {
    if (!t.passed) t.diagnostic(`${page.url()} shows: ${(await page.locator("body").innerText({ timeout: 5000 }).catch(String)).replace(/\s+/g, " ").slice(0, 600)}`);
    await browser.close();
    assert.deepEqual(faults, [], "the browser complained");
  });
  const both = async (name) => {
    await look(page, `${name}-desktop`);
    await page.setViewportSize(sizes.phone.viewport);
    await look(page, `${name}-phone`);
    await page.setViewportSize(sizes.desktop.viewport);
  };
  const press = async (locator, key = "Enter") => {
    await locator.focus();
    await page.keyboard.press(key);
  };
  const front = `${HOUSE}/sites/lyceum/box-office`;
  const sell = `${front}/sell/${EVENING}`;

  // Two seats sold by keyboard alone.
  await page.goto(front);
  await page.getByTestId("performances").getByRole("link").first().waitFor();
  await both("desk-front");
  await page.goto(sell);
  await press(page.locator("input[value=stalls-A-1]"), "Space");
  await press(page.locator("input[value=stalls-A-2]"), "Space");
  await both("desk-seats");
  await press(page.getByTestId("keep-seats"));
  await page.getByTestId("sale-total").getByText("£100").waitFor();
  await page.getByLabel("Stalls, row A, seat 2").selectOption("child");
  await press(page.getByTestId("reprice"));
  await page.getByTestId("sale-total").getByText("£75").waitFor();
  await both("desk-sale");
  await page.getByTestId("sale-name").fill("Ada Bracknell");
  await press(page.getByLabel("In cash"), "Space");
  await press(page.getByTestId("sale-sell"));
  await page.getByText(/Sold: order LYC-/).waitFor();
  const first = page.url();

  // Kept for somebody, and found again by name.
  await page.goto(sell);
  await page.getByTestId("best-count").fill("3");
  await page.getByTestId("best").click();
  await page.getByTestId("reserve-name").fill("Cecily Cardew");
  await page.getByTestId("reserve").click();
  await page.getByTestId("reservations").getByText("Cecily Cardew").waitFor();
  await page.getByTestId("order-search").fill("bracknell");
  await page.getByTestId("order-search").press("Enter");
  await page.getByTestId("orders").getByRole("link").first().click();
  await page.waitForURL(first);

  // One of the two seats is exchanged for a dearer kind, the other refunded.
  await page.getByLabel("Stalls, row A, seat 2").check();
  await page.getByTestId("exchange").click();
  await page.locator(`a[href*="/sell/${EVENING}"]`).click();
  await page.locator("input[value=stalls-A-10]").check({ force: true });
  await page.getByTestId("keep-seats").click();
  await page.getByTestId("sale-total").getByText("£25").waitFor();
  await both("desk-exchange");
  await page.getByLabel("By the card machine").check();
  await page.getByTestId("sale-sell").click();
  await page.getByText(/Exchanged: the new order is LYC-/).waitFor();
  await page.goto(first);
  await page.getByLabel("Stalls, row A, seat 1").check();
  await page.getByTestId("refund").click();
  await page.getByTestId("refund-amount").getByText("£50").waitFor();
  await both("desk-refund");
  await page.getByTestId("refund-reason").fill("ill");
  await page.getByTestId("refund-confirm").click();
  await page.getByText(/£50 goes back for 1 seat/).waitFor();
  await both("desk-order");

  // A ticket is issued anew: the old one stops at the door, the new one comes in.
  await page.goto(sell);
  await page.locator("input[value=stalls-A-14]").check({ force: true });
  await page.getByTestId("keep-seats").click();
  await page.getByRole("radio", { name: "Given away" }).check();
  await page.getByTestId("sale-reason").fill("press night");
  await page.getByTestId("sale-sell").click();
  await page.getByText(/Sold: order LYC-/).waitFor();
  const list = async () => (await (await context.request.get(`${HOUSE}/sites/lyceum/door/${EVENING}/list`)).json()).tickets.filter((one) => one.seat.endsWith("seat 14"));
  const [old] = await list();
  await page.getByLabel("Why").fill("lost");
  await page.getByTestId("reissue").click();
  await page.getByText(/A new ticket stands in its place/).waitFor();
  const fresh = (await list()).find((one) => one.alive);
  await page.goto(`${HOUSE}/sites/lyceum/door/${EVENING}/scan`);
  await page.locator('[data-testid="scan-line"][data-state="online"]').waitFor();
  for (const [code, result, reason] of [[old.short, "refused", "reissued"], [fresh.short, "in", ""]]) {
    await page.getByTestId("scan-code").fill(code);
    await page.getByTestId("scan-go").click();
    await page.locator(`[data-testid="scan-verdict"][data-result="${result}"][data-reason="${reason}"]`).waitFor();
  }
});
