// The terms of sale are set and given up, and the box office keeps places while somebody buys beside it. Run by
// TestHouse/walks/stage_door, which says where the house is.
import { after, before, test } from "node:test";
import { at, look, lookBoth, open, signIn, sizes, somebody } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

test("the terms of sale", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Ops", "/sites/wyndhams/terms");
  await page.getByTestId("site-terms").waitFor();
  await lookBoth(page, "terms");
  await page.getByTestId("site-terms").click();
  await page.locator("#limit_performance").fill("8");
  await page.locator("#limit_production").fill("6");
  await page.getByTestId("save").click();
  await page.locator("#limit_production-fault").getByText("fewer than for one performance").waitFor();
  await lookBoth(page, "terms-fault");
  await page.locator("#limit_production").fill("12");
  await page.getByTestId("save").click();
  await page.locator(".flash").getByText("Saved.").waitFor();
  await look(page, "terms-saved-desktop");
  await page.getByTestId("remove").click();
  await page.getByText("nothing was set").waitFor();
});

// The one theatre where people may stand: the box office keeps places there, and a buyer takes others.
test("an allocation, and a place without a number", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Admin", "/sites/bristol-old-vic/box-office");
  await page.getByTestId("performances").getByRole("link").last().click();
  await page.getByTestId("keep-seats").waitFor();
  await look(page, "desk-standing-desktop");
  const performance = new URL(page.url()).pathname.split("/").pop();
  const buyer = await somebody(browser, t, sizes.phone);
  const pit = buyer.getByRole("group", { name: "Standing, pit" });
  const left = (text) => pit.getByText(text, { exact: true }).waitFor();
  await buyer.goto(at("bristol-old-vic", `/performances/${performance}`));
  await left("48 left");

  await page.getByRole("link", { name: "Allocations" }).click();
  await page.getByText("Nothing is kept").waitFor();
  await page.getByTestId("allocation-name").fill("Drama school");
  await page.getByLabel("Standing, pit").fill("6");
  await page.locator("input[name=seat]:not(:disabled)").first().check({ force: true });
  await page.getByTestId("keep-for-desk").click();
  await page.getByText("“Drama school” keeps 7 places").waitFor();
  await page.getByText("Its seats").click();
  await lookBoth(page, "allocation");
  await left("42 left"); // without loading anything

  await pit.getByRole("button", { name: "One place more" }).click();
  await pit.getByRole("button", { name: "One place more" }).press("Enter");
  await left("40 left");
  await look(buyer, "standing-phone");
  await buyer.getByTestId("hold").click();
  await buyer.waitForURL(/\/checkout\//);
  await buyer.getByText("Standing, pit").first().waitFor();
  await look(buyer, "standing-checkout-phone");
  await buyer.getByTestId("release").click();
  await left("42 left");

  await page.getByTestId("release").click();
  await page.getByText("Nothing is kept").waitFor();
  await left("48 left");
});
