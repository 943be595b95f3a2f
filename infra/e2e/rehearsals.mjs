// Ops simulate an on-sale and rehearse one, in Chromium. Run with the other walks through waiting rooms, one after the
// other: while real people are in a room nobody rehearses.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { desk, look, open, signIn, sizes, somebody } from "./desk.mjs";

const at = "/sites/novello/rehearsals";
let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

// save clicks a download and returns its text.
async function save(page, id) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(id).click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

// phone shows the same page as a phone would.
async function both(page, name) {
  await look(page, `${name}-desktop`);
  await page.setViewportSize(sizes.phone.viewport);
  await look(page, `${name}-phone`);
  await page.setViewportSize(sizes.desktop.viewport);
}

test("two simulations are played and compared", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Ops", at);
  await page.goto(desk(at));
  for (const [title, active] of [["Studio as it is", "20"], ["Studio with more seats", "30"]]) {
    await page.getByTestId("new-simulation").click();
    await page.getByRole("link", { name: "studio", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).fill(title);
    if (active === "20") {
      // What is typed wrong is marked, and what was typed is still there.
      await page.getByLabel("Inside at once").fill("0");
      await page.getByTestId("start").click();
      await page.getByText("It must be at least 1").waitFor();
      assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), title);
      await both(page, "simulation-form");
    }
    await page.getByLabel("Inside at once").fill(active);
    await page.getByTestId("start").click();
    await page.getByTestId("figures").waitFor(); // the page finds out by itself that it is over
    await page.locator(".course svg").first().waitFor();
    if (active === "20") {
      await both(page, "simulation");
      const report = await save(page, "download-html");
      assert.match(report.name, /^simulation-.*\.html$/);
      assert.match(report.text, /<!doctype html>[\s\S]*Studio as it is[\s\S]*<svg/);
      const result = JSON.parse((await save(page, "download-json")).text);
      assert.equal(result.scenario, "studio");
      assert.ok(result.series.length > 1);
    }
    await page.getByRole("link", { name: "All rehearsals" }).click();
  }
  const runs = page.getByTestId("run");
  for (const title of ["Studio as it is", "Studio with more seats"]) await runs.filter({ hasText: title }).first().getByRole("checkbox").check();
  await both(page, "rehearsals");
  await page.getByTestId("compare").click();
  await page.getByTestId("differences").waitFor();
  assert.match(await page.getByTestId("summing").textContent(), /different experiments: a limit of 20 and 30/);
  assert.equal(await page.locator(".course figure").first().locator("path.line").count(), 2);
  await page.getByText("Better", { exact: true }).first().waitFor();
  await both(page, "comparison");
  assert.match((await save(page, "download-comparison")).text, /Studio as it is and Studio with more seats/);
});

test("a rehearsal is watched, ended, and held to its end", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Ops", at);
  const begin = async (title, numbers) => {
    await page.goto(desk(`${at}/new/rehearsal`));
    await page.getByLabel("Name", { exact: true }).fill(title);
    for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
    if (title === "Long") await both(page, "rehearsal-form");
    await page.getByTestId("start").click();
    await page.waitForURL(/rehearsals\/[0-9a-f-]{36}$/);
  };
  // Nobody goes out in time, so that it would go on for minutes.
  await begin("Long", { Visitors: "60", "They come within": "0", "Inside at once": "10", "Each stays": "600", "Who waits asks every": "2", "Ends after": "10" });
  await page.getByTestId("progress").getByText("Visitors come and wait.").waitFor();
  await page.getByTestId("progress").getByText(/requests a second/).waitFor();
  await both(page, "rehearsal-progress");
  // Without scripts it is the same page, which comes anew when asked to.
  const still = await page.context().browser().newContext({ ...sizes.desktop, javaScriptEnabled: false, storageState: await page.context().storageState() });
  const plain = await still.newPage();
  const answer = await plain.goto(`${page.url()}?follow=yes`);
  assert.equal(answer.headers().refresh, "3");
  await plain.getByTestId("progress").getByText("Visitors come and wait.").waitFor();
  await still.close();
  // It goes on when the page is loaded anew, and one at a time.
  await page.reload();
  await page.getByTestId("progress").getByText("Visitors come and wait.").waitFor();
  const long = page.url();
  await page.goto(desk(`${at}/new/rehearsal`));
  await page.getByTestId("start").click();
  await page.getByText("One rehearsal at a time").waitFor();
  await page.goto(long);
  await page.getByTestId("cancel").click();
  await page.getByTestId("figures").waitFor();
  assert.match(await page.getByTestId("verdict").textContent(), /Ended early/);

  await begin("Short", { Visitors: "40", "They come within": "3", "Inside at once": "40", "Each stays": "30", "Who waits asks every": "2", "Ends after": "10" });
  await page.getByTestId("figures").waitFor();
  assert.match(await page.getByTestId("verdict").textContent(), /All well/);
  await both(page, "rehearsal");
  assert.equal(JSON.parse((await save(page, "download-json")).text).admitted, 40);

  // Nothing stays behind but the log of it; the room is gone from the console and from the site.
  await page.goto(desk("/sites/novello/rooms"));
  assert.equal(await page.getByText("A rehearsal", { exact: true }).count(), 0);
  await page.goto(long);
  await page.getByText("Delete it…").click();
  await page.getByTestId("delete").click();
  await page.getByText("“Long” is deleted").waitFor();
  await page.goto(desk("/sites/novello/audit"));
  for (const done of ["began a rehearsal on", "ended a rehearsal on", "deleted a rehearsal of", "began a simulation on"]) await page.getByText(done).first().waitFor();
});
