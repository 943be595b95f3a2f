// Two visitors go from the pre-queue of a lottery to the seat map, in Chromium: one is drawn first and goes in alone, the
// other waits, keeps the place when the tab is closed, takes it to another device, and goes in when the first has bought.
// Run with the other walks through waiting rooms, one after the other. STAGEDOOR is the program, DATA the house's folder.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { payByCard } from "./card.mjs";
import { at, desk, look, open, signIn, sizes, somebody } from "./desk.mjs";

const { STAGEDOOR, DATA } = process.env;
const room = `draw-${Date.now().toString(36)}`; // an ID is never given again
let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const command = async (...args) => (await promisify(execFile)(STAGEDOOR, args)).stdout;

// now is the present minute on the theatre's clock, as a form has it; an hour later with a number.
const minute = (hours = 0) => {
  const part = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", dateStyle: "short", timeStyle: "short" })
    .formatToParts(Date.now() + hours * 3600e3).map((p) => [p.type, p.value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
};

// facts are what the room tells a program of the visitor whose page it is.
const facts = (page, address) => page.evaluate(async (url) => (await fetch(url, { headers: { accept: "application/json" } })).json(), address);
const map = (page) => page.locator("#map [data-seat-id]").first();
const draw = async (...args) => Number(/Draw (\d+)/.exec(await command("room", "verify", ...args))[1]);

test("a lottery from the pre-queue to the seat map", async (t) => {
  const ops = await somebody(browser, t);
  const visitors = { phone: await somebody(browser, t, sizes.phone), desktop: await somebody(browser, t, sizes.desktop) };
  const first = visitors.phone;
  await first.goto(at("novello", "/"));
  const address = new URL(await first.locator('a[href*="/performances/"]').last().getAttribute("href"), first.url()).href;

  // Ops plan a room before that performance, for one at a time. Its pre-queue is open.
  await signIn(ops, "Ops", "/sites/novello/rooms/new");
  await ops.goto(desk("/sites/novello/rooms/new"));
  await ops.getByLabel("One performance alone").fill(address);
  await ops.getByLabel("Name for visitors").fill("The first night");
  await ops.getByLabel("Short name").fill(room);
  await ops.getByLabel("Lottery").check();
  await ops.getByLabel("Pre-queue opens").fill(minute());
  await ops.getByLabel("Sale begins").fill(minute(1));
  await ops.getByLabel("People inside at once").fill("1");
  await ops.getByText("Details", { exact: true }).click();
  await ops.getByLabel("The queue page asks every, seconds").fill("2");
  await ops.getByTestId("save-room").click();
  await ops.getByText("The waiting room is made.").waitFor();
  const commitment = await ops.getByTestId("commitment").textContent();

  // Both come before the sale, and are told when it begins, by which theatre, and how the draw can be checked.
  for (const [size, page] of Object.entries(visitors)) {
    for (;;) { // a new room is at every edge within seconds
      await page.goto(address);
      if (await page.getByRole("heading", { name: "You are in good time" }).isVisible()) break;
      await page.waitForTimeout(500);
    }
    assert.match(await page.title(), /Novello/);
    await page.getByText("The first night").waitFor();
    assert.match(await page.locator("#begins").textContent(), /hour|minutes/);
    await page.getByText("How to check the draw").click();
    const told = await page.locator("#draw").textContent();
    assert.ok(told.includes(`--commitment ${commitment}`) && !told.includes("--seed"), told);
    await look(page, `pre-queue-${size}`);
  }
  const ids = {};
  for (const [size, page] of Object.entries(visitors)) ids[size] = (await facts(page, address)).draw;
  assert.notEqual(ids.phone.visitor, ids.desktop.visitor);
  await ops.goto(desk(`/sites/novello/rooms/${room}`));
  await ops.getByTestId("tile-arrived").getByText("2", { exact: true }).waitFor();
  assert.match(await ops.getByTestId("seed").textContent(), /secret/);

  // The sale is brought forward. One of them, by lot, goes in; the other learns where they stand.
  // Pages that had an hour ask seldom, and learn of it when they are loaded anew.
  await command("room", "set", room, "--sale", "+20s", "--data", DATA);
  for (const page of Object.values(visitors)) {
    for (;;) {
      const told = await facts(page, address).catch(() => ({ phase: "in" })); // who is in gets a page, and no facts
      if (told.phase !== "prequeue" || told.begins_in < 60) break;
      await page.waitForTimeout(500);
    }
    await page.goto(address);
  }
  const admitted = await Promise.race(Object.entries(visitors).map(([size, page]) => map(page).waitFor().then(() => size)));
  const [winner, waiting, other] = admitted === "phone" ? [visitors.phone, visitors.desktop, "desktop"] : [visitors.desktop, visitors.phone, "phone"];
  await waiting.getByRole("heading", { name: "You are in the queue" }).waitFor();
  assert.match(await waiting.locator("#ahead").textContent(), /next|Fewer than 10|counting/);
  await look(waiting, `queue-${other}`);
  await look(winner, `let-in-${admitted}`);
  await ops.getByTestId("tile-inside").getByText("1", { exact: true }).waitFor();
  await ops.getByTestId("tile-waiting").getByText(/^[12]$/).waitFor(); // of so few it is an estimate
  await look(ops, "room-live-desktop");
  await ops.setViewportSize(sizes.phone.viewport);
  await look(ops, "room-live-phone");
  await ops.setViewportSize(sizes.desktop.viewport);

  // The draw was the one that was committed to, and it put who went in before who waits. Another seed is refused.
  const { draw: revealed } = await facts(waiting, address);
  assert.equal(revealed.visitor, ids[other].visitor);
  assert.match(revealed.seed, /^[0-9a-f]{64}$/);
  const check = (seed, visitor) => ["--room", room, "--event", revealed.event, "--commitment", commitment, "--seed", seed, "--visitor", visitor];
  assert.ok(await draw(...check(revealed.seed, ids[admitted].visitor)) < await draw(...check(revealed.seed, ids[other].visitor)));
  const tampered = (revealed.seed[0] === "0" ? "1" : "0") + revealed.seed.slice(1);
  await assert.rejects(draw(...check(tampered, ids[other].visitor)), /not the one that was committed to/);
  await ops.reload();
  assert.equal(await ops.getByTestId("seed").textContent(), revealed.seed);

  // While they are there nobody rehearses.
  await ops.goto(desk("/sites/novello/rehearsals/new/rehearsal"));
  await ops.getByTestId("start").click();
  await ops.getByText(/Real people are in the waiting room “The first night”: 1 inside and [12] waiting/).waitFor();

  // Closing the tab keeps the place.
  const again = await waiting.context().newPage();
  await waiting.close();
  await again.goto(address);
  await again.getByRole("heading", { name: "You are in the queue" }).waitFor();
  assert.equal((await facts(again, address)).draw.visitor, ids[other].visitor);

  // The place goes to another device, and is there and not here.
  await again.getByRole("link", { name: "Take my place to another device" }).click();
  const link = await again.locator("a.link").getAttribute("href");
  await look(again, `move-${other}`);
  const device = await somebody(browser, t);
  await device.goto(link);
  await look(device, "take-desktop");
  await device.getByRole("button", { name: "Yes, continue here" }).click();
  await device.getByRole("heading", { name: "You are in the queue" }).waitFor();
  assert.equal((await facts(device, address)).draw.visitor, ids[other].visitor);
  await again.goto(address);
  await again.getByRole("heading", { name: "You are in the queue" }).waitFor();
  for (;;) { // refused at once where it is asked next, and everywhere within seconds
    const now = await facts(again, address);
    if (now.draw?.visitor !== ids[other].visitor) break;
    await again.waitForTimeout(500);
  }
  // Who gave the place away goes, and with them the place at the end that they then got.
  await again.context().close();

  // The first buys, which makes room: the other device goes in by itself. A header of one's own is not for the provider.
  await winner.context().setExtraHTTPHeaders({});
  const seat = winner.locator('#map [data-seat-id][data-state="free"]').nth(40);
  await seat.focus();
  await winner.keyboard.press("Enter");
  await winner.getByTestId("hold").click();
  await winner.waitForURL(/\/checkout\//);
  await winner.getByLabel("Full name").fill("Gwendolen Fairfax");
  await winner.getByLabel("E-mail").fill("gwendolen@example.org");
  await winner.getByTestId("to-payment").click();
  await payByCard(winner);
  await winner.locator('[data-testid="order-state"][data-state="paid"]').waitFor();
  await map(device).waitFor();

  await ops.goto(desk(`/sites/novello/rooms/${room}`));
  await ops.getByTestId("tile-bought").getByText("1", { exact: true }).waitFor();
  await ops.getByText("Delete the room…").click();
  await ops.getByTestId("delete").click();
  await ops.getByText("is deleted").waitFor();
});
