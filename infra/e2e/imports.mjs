// Marketers import redirects, in Chromium. Run by TestHouse/walks/office, which says where the house is and where files may lie.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { at, desk, look, lookBoth, open, patience, signIn, sizes, somebody } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const home = "/sites/palladium/redirects";
const state = (page, ...states) => page.locator(states.map((s) => `[data-testid="job"][data-state="${s}"]`).join(", "));

async function upload(page, name, text, mode = "merge") {
  const file = join(process.env.FOLDER, name);
  writeFileSync(file, text);
  await page.goto(desk(`${home}/imports`));
  await page.locator(`input[name="mode"][value="${mode}"]`).check();
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByRole("button", { name: "Try it out" }).click();
}

const total = async (page) => {
  await page.goto(desk(home));
  return page.getByTestId("rules").textContent();
};

test("a bad file changes nothing", async (t) => {
  const page = await somebody(browser, t, sizes.phone);
  await signIn(page, "Marketer", home);
  const before = await total(page);
  await upload(page, "faults.csv", "source,target,status\n/a,/shows,302\n,/shows,302\n/b,/shows,three\n/checkout,/shows,302\n/a,/elsewhere,302\n");
  await state(page, "faulty").waitFor();
  await page.getByTestId("faults").waitFor();
  await lookBoth(page, "import-faults");

  // Every line is good, but together they lead round in a circle.
  await upload(page, "circle.csv", "source,target\n/c1,/c2\n/c2,/c3\n/c3,/c1\n/chain,/link\n/link,/shows\n");
  await state(page, "ready").waitFor();
  await page.getByTestId("findings").getByText("Loop", { exact: true }).first().waitFor();
  await page.getByTestId("findings").getByText("Chain", { exact: true }).first().waitFor();
  await page.getByText("It cannot be applied").waitFor();
  assert.equal(await page.getByTestId("apply").count(), 0);
  await lookBoth(page, "import-findings");
  const path = new URL(page.url()).pathname;
  const status = await page.evaluate((p) => fetch(`${p}/apply`, { method: "POST", redirect: "manual" }).then((r) => r.status), path);
  assert.equal(status, 422, "applying it all the same");
  await page.getByRole("button", { name: "Drop it" }).click();
  await state(page, "cancelled").waitFor();
  assert.equal(await total(page), before);
  await page.goto(desk(`${home}/imports`));
  await lookBoth(page, "imports");
});

test("100,000 rules, with a progress bar, tried out, applied and rolled back", async (t) => {
  const rows = 100_000;
  const page = await somebody(browser, t);
  const visitor = await somebody(browser, t);
  await signIn(page, "Marketer", home);
  let text = "source,target,status,note\n";
  for (let i = 0; i < rows; i++) text += `/old/${i}/page,/shows?from=${i},301,batch\n`;
  const began = Date.now();
  await upload(page, "hundred-thousand.csv", text);
  await page.locator("progress").waitFor();
  await state(page, "ready").waitFor({ timeout: 4 * patience });
  t.diagnostic(`tried out in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await page.getByText("100,000 added").waitFor();
  await look(page, "import-ready-desktop");

  // With the import, before it is applied.
  await page.getByRole("link", { name: "Test an address with it" }).click();
  await page.getByLabel("Address").fill("/old/99999/page");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("heading", { name: "After the import" }).waitFor();
  await look(page, "import-test-desktop");
  await page.goBack();
  await page.goBack();

  const applied = Date.now();
  await page.getByTestId("apply").click();
  await state(page, "applying", "publishing").waitFor();
  await page.getByTestId("job").locator("progress").waitFor();
  await look(page, "import-applying-desktop").catch((e) => { if (!/Execution context|navigat/.test(String(e))) throw e; });
  await state(page, "applied").waitFor({ timeout: 4 * patience });
  t.diagnostic(`applied and published in ${((Date.now() - applied) / 1000).toFixed(1)} s`);
  await look(page, "import-applied-desktop");
  for (const end = Date.now() + patience; ;) {
    await visitor.goto(at("palladium", "/old/99999/page"));
    if (new URL(visitor.url()).search === "?from=99999") break;
    assert.ok(Date.now() < end, `it leads to ${visitor.url()}`);
    await visitor.waitForTimeout(200);
  }
  t.diagnostic(`a visitor is led ${((Date.now() - applied) / 1000).toFixed(1)} s after the click`);
  await page.goto(desk(`${home}?q=99999`));
  await page.getByRole("link", { name: "/old/99999/page" }).waitFor();

  // Back with one click.
  await page.goto(desk(`${home}/versions`));
  const back = Date.now();
  await page.getByRole("button", { name: /^Go back to it/ }).first().click();
  await page.locator(".flash").getByText("The redirects are those of version").waitFor({ timeout: 4 * patience });
  t.diagnostic(`rolled back in ${((Date.now() - back) / 1000).toFixed(1)} s`);
  await page.goto(desk(`${home}?q=99999`));
  await page.getByText("Nothing fits").waitFor();
});

test("an import is stopped in the middle", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Marketer", home);
  const before = await total(page);
  let text = "source,target\n";
  for (let i = 0; i < 100_000; i++) text += `/stop/${i},/shows\n`;
  await upload(page, "stopped.csv", text);
  await page.getByRole("button", { name: /Stop: change nothing|Drop it/ }).first().click();
  await state(page, "cancelled").waitFor({ timeout: 2 * patience });
  assert.equal(await total(page), before);
});
