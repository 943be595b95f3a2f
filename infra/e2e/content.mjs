// An editor changes what a site shows, in Chromium: written and published in the console, told by a webhook, applied,
// found by search and read on its page; and what can't be applied is set aside, corrected and applied. Run by
// TestHouse/walks/gallery, which says where the house is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, desk, lookBoth, open, patience, signIn, sizes, somebody } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const theatre = "haymarket";
const home = `/sites/${theatre}/content`;
const flash = (page) => page.locator(".flash");

// until loads a page again and again until it is as wanted. The first time the whole season is still on its way.
async function until(page, address, what, holds) {
  for (const end = Date.now() + 3 * patience; ; await page.waitForTimeout(500)) {
    await page.goto(address);
    if (await holds()) return;
    assert.ok(Date.now() < end, `${what}: not yet`);
  }
}

// save leaves what was typed and goes on to what publishing would change.
async function review(page) {
  await page.getByTestId("review").click();
  await page.getByTestId("changes").waitFor();
}

const come = (page) => page.getByTestId("pipe").locator("li.done").count();

test("a title is changed, and found", async (t) => {
  const editor = await somebody(browser, t, sizes.phone);
  const ops = await somebody(browser, t, sizes.desktop);
  const visitor = await somebody(browser, t, sizes.phone);
  await signIn(editor, "Marketer", home);
  await until(editor, desk(`${home}?kind=performanceSchedule`), "the season is there to be edited", () => editor.getByTestId("entries").getByRole("link").count());
  await editor.goto(desk(home));
  await lookBoth(editor, "content");

  await editor.goto(desk(`${home}?kind=production`));
  await editor.getByTestId("entries").getByRole("link").first().click();
  await editor.getByTestId("standing").waitFor();
  const entry = new URL(editor.url()).pathname;
  const title = editor.locator("#f-title-en-GB");
  const old = await title.inputValue();
  const slug = await editor.locator("#f-slug-en-GB").inputValue();
  const minutes = await editor.locator("#f-runningMinutes-en-GB").inputValue();
  await lookBoth(editor, "content-entry");

  const named = "Zephyrine of the Gallery";
  await title.fill(named);
  await review(editor);
  await editor.getByTestId("changes").getByText(named).waitFor();
  await lookBoth(editor, "content-review");
  await editor.getByTestId("publish").click();
  await flash(editor).getByText("Published.").waitFor();
  await until(editor, desk(entry), "told, accepted, applied, found", async () => (await come(editor)) === 4);
  await lookBoth(editor, "content-published");

  await until(visitor, at(theatre, `/search?q=zephyrine`), "search finds it", () => visitor.getByRole("link", { name: named }).count());
  await until(visitor, at(theatre, `/shows/${slug}`), "its page has the title", () => visitor.getByRole("heading", { level: 1, name: named }).count());

  // What can't be is said beside its field. Published all the same, as a system without our checks would, it is set aside.
  await editor.locator("#f-runningMinutes-en-GB").fill("0");
  await editor.getByTestId("save").click();
  await flash(editor).getByText("1 thing needs looking after").waitFor();
  await editor.locator("#f-runningMinutes-en-GB-fault0").waitFor();
  await lookBoth(editor, "content-fault");
  await review(editor);
  await editor.getByTestId("anyway").click();
  await flash(editor).getByText("Published.").waitFor();
  await until(editor, desk(entry), "it is set aside", () => editor.getByTestId("pipe").getByText("Set aside").count());

  await signIn(ops, "Ops", "/");
  await ops.getByTestId("dead-letters").getByRole("link").click();
  await ops.getByTestId("deliveries").getByText("Running time in minutes").waitFor();
  await lookBoth(ops, "dead-letters");
  await ops.getByTestId("deliveries").getByRole("link").first().click();
  await ops.getByTestId("faults").getByText("Running time in minutes").waitFor();
  await lookBoth(ops, "dead-letter");
  const letter = ops.url();
  const body = ops.locator("#body");
  const text = await body.inputValue();
  await body.fill(text.replace(/"runningMinutes": 0/g, ""));
  await ops.getByTestId("correct").click();
  await ops.getByText("It was not kept").waitFor();
  await body.fill(text.replace(/"runningMinutes": 0/g, '"runningMinutes": 95'));
  await ops.getByTestId("correct").click();
  await flash(ops).getByText("Corrected, and tried again.").waitFor();
  await until(ops, letter, "it is applied", () => ops.getByTestId("delivery").getByText("Applied").count());
  await ops.getByText("As it came").waitFor();
  await ops.goto(desk("/dead-letters"));
  await ops.getByTestId("none").waitFor();
  await until(visitor, at(theatre, `/shows/${slug}`), "the page says how long it is now", () => visitor.getByText("1 hour 35 minutes").count());

  // The log of webhooks, and going back.
  await editor.goto(desk(`/sites/${theatre}/webhooks`));
  await editor.getByTestId("webhooks").getByText("202").first().waitFor();
  await lookBoth(editor, "webhooks");
  await editor.getByTestId("webhooks").getByRole("link").first().click();
  await editor.getByTestId("again").waitFor();
  await lookBoth(editor, "webhook");
  await editor.goto(desk(`${entry}/history`));
  await lookBoth(editor, "content-history");
  await editor.goto(desk(entry));
  await editor.locator("#f-runningMinutes-en-GB").fill(minutes);
  await title.fill(old);
  await review(editor);
  await editor.getByTestId("publish").click();
  await flash(editor).getByText("Published.").waitFor();
  await until(editor, desk(entry), "it is as it was", async () => (await come(editor)) === 4);
});
