// Pages that no other walk passes, held against axe, in light and in dark, on a phone and on a desk. Run by
// TestHouse/walks/archive, which says where the house is.
import { after, before, test } from "node:test";
import { at, desk, look, lookBoth, open, signIn, sizes, somebody, until } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const site = "gielgud";
const flash = (page) => page.locator(".flash");

test("the hostnames of wallets", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Admin", `/sites/${site}/settings/wallets`);
  // A house that has just opened is still finding its hostnames.
  await until(async () => {
    await page.reload();
    return page.getByTestId("wallets").locator('[data-state="active"]').count();
  }, "a hostname was looked at");
  await lookBoth(page, "wallets");
  await page.goto(desk("/sites/all/settings/wallets"));
  await page.getByTestId("wallets").waitFor();
  await lookBoth(page, "wallets-all");
});

// The index is every site's: nobody who searches meanwhile, as other walks do, is to notice.
test("the search index, built anew and swapped", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Ops", "/search-index");
  await page.getByTestId("plan").waitFor();
  await lookBoth(page, "swap-plan");
  const change = page.getByTestId("change");
  await page.getByRole("button", { name: "Build it anew" }).click();
  const undo = change.getByTestId("sure-rollback");
  // Where a writer is slower than the comparison is patient it stops, and one looks again.
  await until(async () => {
    const again = change.getByRole("button", { name: "Look again" });
    if (await again.isVisible()) await again.click({ timeout: 5000 }).catch(() => {});
    return undo.isVisible();
  }, "the new index is in place");
  await undo.locator("summary").click();
  await lookBoth(page, "swap-done");
  await undo.getByRole("button", { name: "Yes, undo" }).click();
  await change.getByRole("button", { name: "Go forth again" }).waitFor();
  await look(page, "swap-back-desktop");
  await change.getByRole("button", { name: "Give the new one up" }).click();
  await page.getByTestId("plan").waitFor();
  await lookBoth(page, "swap-past");
});

test("windows of a month, on a phone", async (t) => {
  const page = await somebody(browser, t, sizes.phone);
  const home = `/sites/${site}/maintenance`;
  const month = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 7); // no further than the overview looks
  await signIn(page, "Admin", `${home}/plan?month=${month}&day=${month}-12`);
  await page.locator("#from-time").fill("02:00");
  await page.locator("#to-time").fill("05:30");
  await page.getByTestId("plan").click();
  await page.getByTestId("coming").waitFor();
  await page.goto(desk(`${home}/plan?month=${month}`));
  await page.locator(".slot").filter({ hasText: "02:00" }).waitFor();
  await lookBoth(page, "plan-busy");
  await page.goto(desk(home));
  await page.getByTestId("withdraw").click();
  await flash(page).getByText("The planned window is withdrawn.").waitFor();
});

test("where orders are asked for", async (t) => {
  const page = await somebody(browser, t);
  await page.goto(at(site, "/my"));
  await page.getByTestId("ask-link").click();
  await page.getByTestId("problem").getByText("Please enter an e-mail address").waitFor();
  await lookBoth(page, "my-fault");
});
