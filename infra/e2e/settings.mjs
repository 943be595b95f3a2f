// Ops keep site settings, in Chromium. Run by TestHouse/walks/office, which says where the house is and where files may lie.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { at, desk, look, lookBoth, open, patience, signIn, sizes, somebody, until } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const home = "/sites/palladium/settings";
const flash = (page) => page.locator(".flash");
const save = (page) => page.getByTestId("save").click();
const applePay = "/.well-known/apple-developer-merchantid-domain-association";

test("forms, faults, undo and defaults", async (t) => {
  const page = await somebody(browser, t, sizes.phone);
  await signIn(page, "Ops", home);
  await page.getByTestId("sections").waitFor();
  await lookBoth(page, "settings");
  // The forms are made of the same fields: those with most of them are looked at on a desk as well.
  const wide = ["locales", "limits", "headers"];
  for (const section of ["cache", "access", "bots", "rewrites", "origin", "protected_paths", "redirect_hosts", "checkout", "well_known", ...wide]) {
    await page.goto(desk(`${home}/${section}`));
    await (wide.includes(section) ? lookBoth : look)(page, `settings-${section}`);
    // What is shown saves as it is.
    await save(page);
    await flash(page).waitFor();
    if (await flash(page).getByRole("button", { name: "Undo" }).count()) {
      await flash(page).getByRole("button", { name: "Undo" }).click();
      await flash(page).getByText("as before").waitFor();
    }
  }

  await page.goto(desk(`${home}/access`));
  await page.locator("#deny_prefixes").fill("198.51.100.0/24\n198.51.100.7/24");
  await page.locator("#deny_countries").fill("fr, nowhere");
  await save(page);
  await page.locator("#deny_prefixes-fault").getByText("“198.51.100.7/24” has bits set").waitFor();
  await page.locator("#deny_countries-fault").getByText("“nowhere” must be two capital letters").waitFor();
  await lookBoth(page, "settings-fault");
  await page.locator("#deny_prefixes").fill("198.51.100.0/24");
  await page.locator("#deny_countries").fill("fr");
  await save(page);
  await flash(page).getByText("Who may come saved. It is published").waitFor();
  assert.equal(await page.locator("#deny_countries").inputValue(), "FR");
  await lookBoth(page, "settings-saved");
  await flash(page).getByRole("button", { name: "Undo" }).click();
  await flash(page).getByText("Who may come as before.").waitFor();
  assert.equal(await page.locator("#deny_countries").inputValue(), "");

  // What stood before is put back with a click.
  await page.locator("#deny_countries").fill("fr");
  await save(page);
  await flash(page).getByText("Who may come saved.").waitFor();
  await page.getByTestId("history").locator("summary").click();
  await page.getByTestId("history").getByRole("button").first().click();
  await flash(page).getByText("Who may come as they were.").waitFor();
  assert.equal(await page.locator("#deny_countries").inputValue(), "");

  // A rewrite takes effect at the edge, and its default takes it back.
  const visitor = await somebody(browser, t, sizes.phone);
  const status = async () => (await visitor.goto(at("palladium", "/tonight-walk"))).status();
  assert.equal(await status(), 404);
  await page.goto(desk(`${home}/rewrites`));
  await page.getByLabel("Rewrites").fill("/tonight-walk -> /search");
  await save(page);
  await flash(page).getByText("Rewrites saved.").waitFor();
  await until(async () => await status() === 200, "the rewrite is in force");
  await page.getByRole("button", { name: "Back to the house’s default" }).click();
  await flash(page).getByText("Rewrites back to the house’s default.").waitFor();
  await until(async () => await status() === 404, "the rewrite is gone");

  await page.goto(desk("/sites/palladium/audit?action=settings"));
  await page.getByTestId("records").locator("details summary").first().click();
  await lookBoth(page, "settings-audit");
});

test("two of ops at one form", async (t) => {
  const first = await somebody(browser, t);
  const second = await somebody(browser, t);
  await signIn(first, "Ops", `${home}/cache`);
  await signIn(second, "Admin", `${home}/cache`);
  await second.locator("#page_ttl").fill("2m");
  await save(second);
  await flash(second).getByText("Caching saved.").waitFor();
  await first.locator("#page_ttl").fill("30s");
  await first.locator("#search_ttl").fill("10s");
  await save(first);
  await first.getByTestId("conflict").getByText("admin@stagedoor.example changed this meanwhile").waitFor();
  await look(first, "settings-conflict-desktop");
  assert.equal(await first.locator("#page_ttl").inputValue(), "30s");
  await first.getByRole("button", { name: "Save mine over it" }).click();
  await flash(first).getByText("Caching saved.").waitFor();
  // An undo that would take back somebody else's change is refused.
  await flash(second).getByRole("button", { name: "Undo" }).click();
  await flash(second).getByText("Nothing was changed: ops@stagedoor.example has changed this meanwhile.").waitFor();
  await second.getByRole("button", { name: "Back to the house’s default" }).click();
  await flash(second).getByText("Caching back to the house’s default.").waitFor();
});

test("the Apple Pay file", async (t) => {
  const page = await somebody(browser, t, sizes.desktop);
  await signIn(page, "Ops", `${home}/apple-pay`);
  const give = async (name, text) => {
    const file = join(process.env.FOLDER, name);
    writeFileSync(file, text);
    await page.locator("#file").setInputFiles(file);
    await page.getByTestId("upload").click();
  };
  await give("page.html", "<!doctype html><title>Sign in</title>");
  await page.locator("#file-fault").getByText("This is a web page").waitFor();
  await lookBoth(page, "apple-pay-fault");
  const content = "7B2270737049642232A";
  await give("apple-developer-merchantid-domain-association", content);
  await flash(page).getByText("The file is saved.").waitFor();
  await page.locator('[data-testid="probe"][data-state="settled"]').getByText("Serves the file").waitFor();
  await lookBoth(page, "apple-pay");
  const visitor = await somebody(browser, t, sizes.desktop);
  const answer = await visitor.goto(at("palladium", applePay)).catch(() => null);
  if (answer) assert.equal(await answer.text(), content);
  await page.getByRole("button", { name: "Remove the file" }).click();
  await flash(page).getByText("The file is removed.").waitFor();
  await page.locator('[data-testid="probe"][data-state="settled"]').getByText("No file, as it should be").waitFor();
  await flash(page).getByRole("button", { name: "Undo" }).click();
  await flash(page).getByText("As before.").waitFor();
  await page.locator('[data-testid="probe"][data-state="settled"]').getByText("Serves the file").waitFor();
  await page.getByRole("button", { name: "Remove the file" }).click();
  await flash(page).getByText("The file is removed.").waitFor();
});

test("one Apple Pay file for every site", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Ops", "/sites/all/settings");
  await look(page, "settings-all-desktop");
  await page.getByRole("link", { name: "Apple Pay for all sites" }).click();
  const file = join(process.env.FOLDER, "for-all");
  writeFileSync(file, "7B227073704964223A22416C6C");
  await page.locator("#file").setInputFiles(file);
  await page.getByTestId("upload").click();
  await flash(page).getByText("The file is saved.").waitFor();
  await page.locator('[data-testid="probe"][data-state="settled"]').waitFor({ timeout: 2 * patience });
  await look(page, "apple-pay-all-desktop");
  await page.getByTestId("apple-pay-history").getByRole("button").first().click();
  await flash(page).getByText(/^As before at \d+ sites\./).waitFor();
});
