// The console in Chromium, with the real Worker in front. Run by TestHouse/walks, which says where it is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, desk as console_, look, lookBoth, open, patience, signIn, sizes, somebody as person } from "./desk.mjs";

const { phone, desktop } = sizes;
let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

// Nothing here runs into what somebody else has changed: a conflict is a fault.
const somebody = (t, options) => person(browser, t, options, /status of (403|404|422|503)/);

const summary = (page) => page.locator("details.reveal > summary");
const progress = (page, state) => page.locator(`[data-testid="progress"][data-state="${state}"]`);

test("signing in, closing, planning and opening", async (t) => {
  const page = await somebody(t, phone);
  const lyceum = (path = "") => console_(`/sites/lyceum/maintenance${path}`);
  await page.goto(lyceum());
  assert.match(page.url(), /\/sign-in\?return=%2Fsites%2Flyceum%2Fmaintenance$/);
  await lookBoth(page, "sign-in");
  await page.getByRole("link", { name: "Sign in" }).click();
  await lookBoth(page, "accounts");
  await page.getByRole("button", { name: /^Venue staff/ }).click();
  await page.waitForURL(lyceum());
  await page.getByRole("heading", { name: "Lyceum Theatre is open" }).waitFor();
  await lookBoth(page, "open");

  // One click, and one to confirm.
  await summary(page).click();
  await page.getByLabel("What are visitors told?").fill("The safety curtain is being mended.\nWe are back for the evening.");
  await page.getByLabel("For how long?").selectOption("1h");
  await page.getByTestId("preview").click();
  const shown = page.frameLocator("#close-preview iframe");
  await shown.getByRole("heading", { name: /back shortly/ }).waitFor();
  await shown.getByText("The safety curtain is being mended.").waitFor();
  await page.locator("#close-preview iframe").scrollIntoViewIfNeeded();
  await lookBoth(page, "close");
  await page.getByTestId("confirm-close").click();
  await page.getByText("Lyceum Theatre is closed. Visitors see it").waitFor();
  await progress(page, "done").waitFor();
  t.diagnostic(`closed: ${await page.getByTestId("took").textContent()} from the click to the edge`);
  await page.getByRole("heading", { name: "Lyceum Theatre is closed" }).waitFor();
  await lookBoth(page, "closed");

  // Visitors get the very page; staff come in all the same.
  const visitor = await somebody(t, phone);
  const answer = await visitor.goto(at("lyceum", "/"));
  assert.equal(answer.status(), 503);
  await visitor.getByText("We are back for the evening.").waitFor();
  await page.goto(console_("/"));
  await page.getByTestId("closed-now").getByRole("link", { name: "Lyceum Theatre" }).waitFor();
  await lookBoth(page, "home");
  await page.getByRole("button", { name: "View Lyceum Theatre as staff" }).click();
  await page.waitForURL(at("lyceum", "/"));
  assert.equal((await page.reload()).status(), 200, "staff pass a closed house");

  // End early, and take that back, and end it again.
  await page.goto(lyceum());
  await page.getByTestId("end").click();
  await page.getByText("open again as soon as the edge knows").waitFor();
  await progress(page, "done").waitFor();
  t.diagnostic(`opened: ${await page.getByTestId("took").textContent()} from the click to the edge`);
  await page.getByRole("heading", { name: "Lyceum Theatre is open" }).waitFor();
  assert.equal((await visitor.goto(at("lyceum", "/"))).status(), 200);
  await page.getByRole("button", { name: "Undo: close again" }).click();
  await progress(page, "done").getByText("In force at the edge since").waitFor();
  await page.getByTestId("end").click();
  await progress(page, "done").getByText("Open again at the edge since").waitFor();

  // Plan a window on the calendar, where the clocks show a time twice.
  await page.goto(lyceum("/plan?month=2027-10&day=2027-10-31"));
  await page.getByText("an hour of that night comes twice").waitFor();
  await lookBoth(page, "plan");
  await page.locator("#from-time").fill("01:30");
  await page.locator("#to-time").fill("05:00");
  await page.getByTestId("plan").click();
  await page.getByRole("alert").filter({ hasText: "01:30 comes twice that night" }).waitFor();
  await lookBoth(page, "twice");
  await page.getByLabel("The second: 01:30 GMT").check();
  await page.getByTestId("plan").click();
  await page.getByTestId("coming").getByText("Sun 31 Oct 2027, 01:30 to 05:00 GMT").waitFor();
  await lookBoth(page, "planned");
  await page.goto(lyceum("/plan?month=2027-10"));
  await page.locator(".slot").filter({ hasText: "01:30 – 05:00" }).waitFor();

  // A time that does not exist gets a clear answer.
  await page.goto(lyceum("/plan?month=2027-03&day=2027-03-28"));
  await page.locator("#from-time").fill("01:30");
  await page.locator("#to-time").fill("04:00");
  await page.getByTestId("plan").click();
  await page.getByText("the clocks there go forward from 01:00 to 02:00").waitFor();

  // Withdraw it.
  await page.goto(lyceum());
  await page.getByTestId("withdraw").click();
  await page.getByText("The planned window is withdrawn.").waitFor();
  await page.getByText("Nothing is planned").waitFor();

  await page.goto(console_("/sites/lyceum/audit?action=maintenance"));
  await page.getByTestId("records").locator("details summary").first().click();
  await lookBoth(page, "audit");
  await page.goto(console_("/me"));
  await lookBoth(page, "me");
  await page.goto(console_("/nowhere"));
  await lookBoth(page, "not-found");

  // Out: the session is gone, not just the cookie.
  const cookies = await page.context().cookies(console_("/"));
  await page.locator("details.me summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  await page.context().addCookies(cookies);
  await page.goto(console_("/"));
  assert.match(page.url(), /\/sign-in/);
});

test("what is not theirs to do is not shown, and refused", async (t) => {
  const page = await somebody(t);
  await signIn(page, "Box office", "/sites/lyceum/maintenance");
  assert.equal(await page.getByTestId("close").count(), 0);
  for (const [path, status] of [["/sites/shubert/maintenance", 403], ["/sites/all/maintenance", 403], ["/people", 403], ["/sites/lyceum/audit", 403], ["/sites/nowhere/maintenance", 404]]) {
    assert.equal((await page.goto(console_(path))).status(), status, path);
  }
  await look(page, "refused-desktop");
  const posted = await page.evaluate(() => fetch("/sites/lyceum/maintenance/close", { method: "POST", body: new URLSearchParams({ message: "x" }) }).then((r) => r.status));
  assert.equal(posted, 403);
});

test("all sites at once need somebody who shows that it is still them", async (t) => {
  const page = await somebody(t);
  await signIn(page, "Ops", "/sites/all/maintenance");
  await summary(page).waitFor(); // they have just signed in
  await look(page, "all-desktop");
  await page.getByRole("combobox", { name: "Site" }).selectOption("shubert");
  await page.waitForURL(console_("/sites/shubert/maintenance"));
  await page.getByText("America/New_York time").waitFor();
});

test("an admin gives roles and takes them away", async (t) => {
  const page = await somebody(t);
  await signIn(page, "Admin", "/people");
  await look(page, "people-desktop");
  await page.getByLabel("Name", { exact: true }).fill("Front of house");
  await page.getByLabel("E-mail address").fill("front@stagedoor.example");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByText("Front of house may sign in.").waitFor();
  await page.getByLabel("Role").selectOption("venue-staff");
  await page.getByLabel("On", { exact: true }).selectOption("lyceum");
  await page.getByRole("button", { name: "Give", exact: true }).click();
  await page.getByText("Given. It counts from the next click.").waitFor();
  await look(page, "person-desktop");
  await page.getByRole("button", { name: /^Take away: Venue staff/ }).click();
  await page.getByText("Taken away, at once.").waitFor();
});

test("by keyboard alone", async (t) => {
  const page = await somebody(t);
  await signIn(page, "Venue staff", "/sites/shubert/maintenance");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  for (let n = 0; n < 30 && !(await page.evaluate(() => document.activeElement.matches("details.reveal > summary"))); n++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  for (let n = 0; n < 30 && !(await page.evaluate(() => document.activeElement.dataset.testid === "confirm-close")); n++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await progress(page, "done").getByText("In force at the edge since").waitFor();
  for (let n = 0; n < 40 && !(await page.evaluate(() => document.activeElement.dataset.testid === "end")); n++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await progress(page, "done").getByText("Open again at the edge since").waitFor();
});

test("without scripts", async (t) => {
  const page = await somebody(t, { ...phone, javaScriptEnabled: false });
  const shubert = (path = "") => console_(`/sites/shubert/maintenance${path}`);
  await signIn(page, "Venue staff", "/sites/lyceum/maintenance");

  // Another site, by the header's own button.
  await page.getByRole("combobox", { name: "Site" }).selectOption("shubert");
  await page.getByRole("button", { name: "Go" }).click();
  await page.waitForURL(shubert());

  await summary(page).click();
  await page.getByLabel("What are visitors told?").fill("Back soon.");
  const [preview] = await Promise.all([page.context().waitForEvent("page"), page.getByTestId("preview").click()]);
  await preview.getByText("Back soon.").waitFor();
  await preview.close();
  await page.getByTestId("confirm-close").click();
  await page.getByRole("heading", { name: "Shubert Theatre is closed" }).waitFor();
  await untilSeen(page, "In force at the edge since");
  await page.getByTestId("end").click();
  await untilSeen(page, "Open again at the edge since");

  // A fault comes back with what was typed.
  await page.goto(shubert("/plan?month=2027-03&day=2027-03-14"));
  await page.locator("#from-time").fill("02:30");
  await page.locator("#to-time").fill("05:00");
  await page.getByTestId("plan").click();
  await page.getByText("the clocks there go forward from 02:00 to 03:00").waitFor();
  assert.equal(await page.locator("#to-time").inputValue(), "05:00");
  await page.locator("#from-time").fill("03:30");
  await page.getByTestId("plan").click();
  await page.getByTestId("coming").getByText("Sun 14 Mar 2027, 03:30 to 05:00 EDT").waitFor();
  await page.getByTestId("withdraw").click();
  await page.getByText("Nothing is planned").waitFor();
});

// untilSeen follows the link by which a page without scripts is asked again. A page counts once all of it is there: one
// that has only begun to arrive has neither the link nor the text.
async function untilSeen(page, text) {
  const again = page.getByRole("link", { name: "Look again" });
  await page.getByTestId("progress").waitFor();
  for (const end = Date.now() + patience; await again.count();) {
    assert.ok(Date.now() < end, `never: ${text}`);
    await page.waitForTimeout(100);
    const arrived = page.waitForEvent("load");
    await again.click();
    await arrived;
  }
  await page.getByTestId("progress").getByText(text).waitFor();
}
