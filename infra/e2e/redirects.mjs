// Marketers keep redirects, in Chromium. Run by TestHouse/walks/office, which says where the house is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, desk, look, lookBoth, open, patience, signIn, sizes, somebody } from "./desk.mjs";

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const home = "/sites/palladium/redirects";
const flash = (page) => page.locator(".flash");

async function write(page, rule) {
  for (const [label, value] of Object.entries(rule)) {
    const field = page.getByLabel(label, { exact: true });
    if (await field.evaluate((f) => f.tagName === "SELECT")) await field.selectOption(value);
    else if (typeof value === "boolean") await field.setChecked(value);
    else await field.fill(value);
  }
  await page.getByTestId("save").click();
}

// leads asks as a visitor until the edge sends them where they should go.
async function leads(page, from, to) {
  const end = Date.now() + patience;
  for (;;) {
    await page.goto(at("palladium", from));
    const url = new URL(page.url());
    if (url.pathname + url.search === to) return;
    assert.ok(Date.now() < end, `${from} leads to ${url.pathname}${url.search}, not to ${to}`);
    await page.waitForTimeout(200);
  }
}

// counted waits until the edge has told how often the first rule of a list answered.
async function counted(page, path) {
  for (const end = Date.now() + patience; ;) {
    await page.goto(desk(path));
    const hits = Number.parseInt(await page.getByTestId("hits").first().textContent(), 10);
    if (hits > 0) return;
    assert.ok(Date.now() < end, "nothing was counted");
    await page.waitForTimeout(500);
  }
}

test("writing, testing, changing and taking back", async (t) => {
  const page = await somebody(browser, t, sizes.phone);
  const visitor = await somebody(browser, t, sizes.phone);
  const name = "/panto-walk";
  await signIn(page, "Marketer", home);
  await page.getByText("No redirects yet").waitFor();
  await lookBoth(page, "redirects-empty");

  // What cannot be is said beside its field, and nothing typed is lost.
  await page.getByRole("link", { name: "New redirect" }).first().click();
  await write(page, { From: "/checkout", To: "/shows", Note: "Poster at Covent Garden" });
  await page.locator("#source-fault").waitFor();
  assert.match(await page.locator("#source-fault").textContent(), /protected/);
  assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "Poster at Covent Garden");
  await lookBoth(page, "redirect-fault");
  await write(page, { From: name, To: "https://elsewhere.example/" });
  await page.locator("#target-fault").waitFor();
  await write(page, { To: "/shows", "Until when": "2027-01-31T22:00" });
  await flash(page).getByText(`${name} now leads to /shows. It is published`).waitFor();
  await lookBoth(page, "redirects");
  await leads(visitor, `${name}?utm_source=poster`, "/shows?utm_source=poster");

  // A second rule from there, and one that leads round in a circle.
  await page.goto(desk(`${home}/new`));
  await write(page, { From: name, To: "/" });
  await page.locator("#source-fault").getByText("already has a redirect").waitFor();
  await write(page, { From: "/round-walk", To: "/about-walk" });
  await flash(page).getByText("now leads to").waitFor();
  await page.goto(desk(`${home}/new`));
  await write(page, { From: "/about-walk", To: "/round-walk" });
  await page.getByRole("alert").getByText("circle").waitFor();
  await lookBoth(page, "redirect-circle");

  // The tester says which rule wins, and why; before its time, none.
  await page.goto(desk(`${home}/test`));
  await page.getByLabel("Address").fill(`${name}/?gclid=1`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByTestId("answer").getByText("Wins", { exact: true }).waitFor();
  await lookBoth(page, "redirect-test");
  await page.getByLabel("When").fill("2027-02-01T10:00");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByTestId("answer").waitFor();
  assert.equal(await page.getByTestId("answer").getByText("Wins", { exact: true }).count(), 0);
  await page.getByLabel("Address").fill("https://elsewhere.example/x");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.locator("#address-fault").getByText("is not a hostname of this site").waitFor();

  // Changing, and how often it won.
  await page.goto(desk(`${home}?q=${name}`));
  await page.getByRole("link", { name }).click();
  await write(page, { To: "/", Status: "301" });
  await flash(page).getByText(`${name} leads to /.`).waitFor();
  await leads(visitor, name, "/");
  await flash(page).getByRole("button", { name: "Undo" }).click();
  await flash(page).getByText("Taken back.").waitFor();
  await counted(page, `${home}?q=${name}&order=hits`);

  // Versions: what changed, and back with one click.
  await page.goto(desk(`${home}/versions`));
  await lookBoth(page, "redirect-versions");
  await page.getByTestId("versions").getByRole("link").nth(1).click();
  await page.getByTestId("diff").getByText("Changed").waitFor();
  await lookBoth(page, "redirect-diff");
  await page.goto(desk(`${home}/versions`));
  const before = await page.getByTestId("versions").getByRole("link").first().textContent();
  await page.getByRole("button", { name: /^Go back to it/ }).first().click();
  await flash(page).getByText("The redirects are those of version").waitFor();
  await flash(page).getByRole("button", { name: "Undo" }).click();
  await flash(page).getByText("Taken back.").waitFor();
  await page.goto(desk(`${home}/versions`));
  assert.notEqual(await page.getByTestId("versions").getByRole("link").first().textContent(), before);

  // Removing several, and putting them back.
  await page.goto(desk(`${home}?q=-walk`));
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByTestId("remove").click();
  await flash(page).getByText("2 rules removed.").waitFor();
  await page.getByText("Nothing fits").waitFor();
  await lookBoth(page, "redirects-nothing");
  await flash(page).getByRole("button", { name: "Undo: put back" }).click();
  await flash(page).getByText("Taken back.").waitFor();
  await page.goto(desk(`${home}?q=-walk`));
  assert.equal(await page.getByRole("checkbox").count(), 2);
});

test("two marketers at one rule", async (t) => {
  const first = await somebody(browser, t);
  const second = await somebody(browser, t);
  await signIn(first, "Marketer", `${home}/new`);
  await write(first, { From: "/both", To: "/one" });
  await flash(first).getByText("now leads to").waitFor();
  await signIn(second, "Admin", `${home}?q=/both`);
  await second.getByRole("link", { name: "/both" }).click();
  await first.getByRole("link", { name: "/both" }).click();
  await write(second, { To: "/two" });
  await flash(second).getByText("leads to /two").waitFor();
  await write(first, { To: "/three", Note: "mine" });
  await first.getByTestId("conflict").getByText("admin@stagedoor.example changed this rule meanwhile").waitFor();
  assert.equal(await first.getByLabel("To", { exact: true }).inputValue(), "/three");
  await look(first, "redirect-conflict-desktop");
  await first.getByRole("button", { name: "Save mine over it" }).click();
  await flash(first).getByText("leads to /three").waitFor();
});

test("by keyboard, and what is not saved is asked for", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Marketer", `${home}/new`);
  await page.locator("#source").focus();
  await page.keyboard.type("/keys");
  assert.ok(await page.getByText("Not saved yet").isVisible());
  const asked = new Promise((done) => page.once("dialog", (d) => { done(d.type()); d.dismiss(); }));
  await page.goto(desk("/")).catch(() => {}); // dismissed: one stays
  assert.equal(await asked, "beforeunload");
  await page.locator("#source").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.type("/shows");
  await page.keyboard.press("Enter");
  await flash(page).getByText("/keys now leads to /shows").waitFor();
});

test("a marketer of one theatre keeps to it", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Box office"); // people are known from their first sign-in on
  const admin = await somebody(browser, t);
  await signIn(admin, "Admin", "/people");
  await admin.getByRole("main").getByRole("link", { name: "Box office" }).first().click();
  await admin.getByLabel("Role").selectOption("marketer");
  await admin.getByLabel("On", { exact: true }).selectOption("palladium");
  await admin.getByRole("button", { name: "Give", exact: true }).click();
  await admin.getByText("Given. It counts from the next click.").waitFor();

  await page.goto(desk(home));
  await page.getByRole("link", { name: "New redirect" }).first().waitFor();
  for (const path of ["/sites/shubert/redirects", "/sites/all/redirects", "/sites/shubert/redirects/export", "/sites/palladium/settings"]) {
    assert.equal((await page.goto(desk(path))).status(), 403, path);
  }
  await page.goto(desk(home));
  const post = (path, form) => page.evaluate(([p, f]) => fetch(p, { method: "POST", body: new URLSearchParams(f), redirect: "manual" }).then((r) => r.status), [path, form]);
  assert.equal(await post("/sites/shubert/redirects", { source: "/x", target: "/y" }), 403);
  assert.equal(await post("/sites/all/redirects", { rule_site: "shubert", source: "/x", target: "/y" }), 403);
  assert.equal(await post("/sites/palladium/redirects/remove", { rule: "shubert:01990000-0000-7000-8000-000000000000" }), 403);
  assert.equal(await post("/sites/palladium/redirects/undo", { version: "shubert:1" }), 403);
});

test("all sites at once", async (t) => {
  const page = await somebody(browser, t);
  await signIn(page, "Marketer", "/sites/all/redirects/new");
  await write(page, { From: "/everywhere", To: "/shows" });
  await page.locator("#rule_site-fault").waitFor();
  await page.locator("#rule_site").selectOption("shubert");
  await page.getByTestId("save").click();
  await flash(page).getByText("/everywhere now leads to /shows").waitFor();
  await page.getByRole("cell", { name: "shubert" }).first().waitFor();
  await look(page, "redirects-all-desktop");
});
