// Ops plan a waiting room and run it, in Chromium. Run by TestHouse/walks, which says where the house is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desk, lookBoth, open, signIn, sizes, somebody } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

test("a room is planned, watched, changed and taken away", async (t) => {
  const page = await somebody(browser, t, sizes.desktop);
  const id = `walk-${Date.now().toString(36)}`; // an ID is never given again
  await signIn(page, "Ops", "/sites/novello/rooms");
  await page.goto(desk("/sites/novello/rooms"));
  await lookBoth(page, "rooms");
  await page.getByTestId("new-room").click();
  await page.getByLabel("Short name").fill(id);
  await page.getByLabel("Name for visitors").fill("A walk");
  await page.getByLabel("Addresses behind it").fill("/venue");
  await page.getByLabel("Lottery").check();
  await page.getByTestId("save-room").click();

  // A lottery needs a pre-queue: what is missing is marked, and what was typed is still there.
  await page.getByText("Something needs correcting").waitFor();
  assert.equal(await page.getByLabel("Name for visitors").inputValue(), "A walk");
  await lookBoth(page, "room-faults");
  await page.getByLabel("Pre-queue opens").fill("2036-12-01T09:00");
  await page.getByLabel("Sale begins").fill("2036-12-01T10:00");
  await page.getByTestId("save-room").click();
  await page.getByText("Visitors pass through it from Mon 1 Dec 2036, 09:00 GMT").waitFor();
  assert.match(await page.getByTestId("commitment").textContent(), /^[0-9a-f]{64}$/);
  assert.match(await page.getByTestId("seed").textContent(), /secret until the sale/);

  // Live: the figures come by themselves, from the room's own coordinator.
  await page.goto(desk(`/sites/novello/rooms/${id}`));
  await page.getByTestId("tile-inside").waitFor();
  await page.locator("[data-testid=chart-queue] svg").waitFor();
  await page.getByLabel("People inside at once").fill("1,250");
  await page.getByTestId("set-limits").click();
  await page.getByText("Limits set: 1,250 inside").waitFor();
  await page.getByText("of 1,250 at most").waitFor();
  await lookBoth(page, "room");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("of 500 at most").waitFor();
  await page.getByTestId("turn-pause").click();
  await page.getByTestId("turn-resume").waitFor();

  // What is done with care asks first.
  await page.getByTestId("ask-drain").click();
  await lookBoth(page, "room-drain");
  await page.getByTestId("turn-drain").click();
  await page.getByText("Drained: everybody who waits goes in").waitFor();
  await page.getByText("Delete the room…").click();
  await page.getByTestId("delete").click();
  await page.getByText("“A walk” is deleted").waitFor();
});
