// Two scanners and the door's page, in Chromium with a camera that sees a ticket. See browser_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { look, sizes } from "../../../infra/e2e/desk.mjs";

const { CHROMIUM, FILM, HOUSE, CONTROL, DOOR, SHORT, CODE, ELSEWHERE } = process.env;
const patience = Number(process.env.PATIENCE ?? 120_000); // ms; a busy machine is slow, not broken

test("two scanners lose the network and let the same ticket in", async (t) => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM, timeout: patience,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${FILM}`],
  });
  const endings = [];
  t.after(async () => {
    for (const ending of endings) await ending();
    await browser.close();
    for (const { who, faults } of everybody) assert.deepEqual(faults, [], `${who}'s browser complained`);
  });
  const everybody = [];

  // colleague has a browser of their own; what it complains of fails the test, but for the network that is cut.
  const colleague = async (who, options) => {
    const context = await browser.newContext({ ...options, permissions: ["camera"] });
    await context.addCookies([{ name: "stagedoor_console", value: who, url: HOUSE }]);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const faults = [];
    page.on("console", (m) => m.type() === "error" && !/net::ERR_|status of 404/.test(m.text()) && faults.push(m.text()));
    page.on("pageerror", (e) => faults.push(String(e)));
    everybody.push({ who, faults });
    endings.push(async () => {
      if (t.passed) return;
      const text = await page.locator("body").innerText({ timeout: 5000 }).catch(String);
      t.diagnostic(`${who} at ${page.url()} sees: ${text.replace(/\s+/g, " ").slice(0, 500)}; ${JSON.stringify(faults)}`);
    });
    return page;
  };
  const network = (who, up) => fetch(`${CONTROL}/network?who=${who}&up=${up ? "yes" : "no"}`);
  const line = (page, state, untold = 0) => page.locator(`[data-testid="scan-line"][data-state="${state}"][data-untold="${untold}"]`).waitFor();
  const verdict = (page, result, reason = "", alone = "no") =>
    page.locator(`[data-testid="scan-verdict"][data-result="${result}"][data-reason="${reason}"][data-alone="${alone}"]`).waitFor();
  const type = async (page, code) => {
    await page.getByTestId("scan-code").fill(code);
    await page.getByTestId("scan-code").press("Enter");
  };
  const open = async (page, name, door) => {
    await page.goto(HOUSE + DOOR);
    await page.getByTestId("open-scanner").click();
    await line(page, "online");
    await page.locator("#scanner[data-kept=yes]").waitFor();
    await page.getByText("This scanner").click();
    await page.getByTestId("scan-name").fill(name);
    await page.getByTestId("scan-door").fill(door);
    await page.getByTestId("scan-door").press("Tab");
    await page.getByText("This scanner").click();
  };

  const left = await colleague("left", sizes.phone);
  const right = await colleague("right", sizes.desktop);
  const manager = await colleague("manager", sizes.desktop);
  await manager.goto(HOUSE + DOOR);
  await manager.getByTestId("tile-expected").getByText("3", { exact: true }).waitFor();
  await look(manager, "door-empty");

  await open(left, "Stalls 1", "Stalls door");
  await open(right, "Side 1", "Side door");
  await look(left, "scanner-idle-phone");

  // With a network: a short code, the same again, and a code that is not a ticket's.
  await type(left, SHORT.toLowerCase());
  await verdict(left, "in");
  await left.getByTestId("scan-verdict").getByText("Stalls, row A, seat 8").waitFor();
  await look(left, "scanner-in-phone");
  await type(right, CODE);
  await verdict(right, "refused", "already_in");
  await right.getByTestId("scan-verdict").getByText(/Stalls door, Stalls 1/).waitFor();
  await look(right, "scanner-refused-desktop");
  await type(right, ELSEWHERE);
  await verdict(right, "refused", "wrong_show");
  await right.getByTestId("scan-verdict").getByText(/The Importance of Being Earnest, /).waitFor();
  await type(right, "https://example.org/");
  await verdict(right, "refused", "unknown");
  await manager.locator('[data-testid="tile-in"]').getByText("1", { exact: true }).waitFor(); // live

  // Both networks are cut. One page is opened anew, from what the browser kept.
  await network("left", false);
  await network("right", false);
  await left.reload();
  await line(left, "offline");
  await right.getByTestId("scan-next").click();
  for (const page of [left, right]) {
    await page.getByTestId("scan-start").click(); // the camera sees the ticket of seat 7
    await verdict(page, "in", "", "yes");
    await page.getByTestId("scan-verdict").getByText("Stalls, row A, seat 7").waitFor();
    await line(page, "offline", 1);
  }
  await look(left, "scanner-offline-phone");
  await type(left, SHORT);
  await verdict(left, "refused", "already_in", "yes"); // known from before
  await type(right, `${CODE.slice(0, -6)}AAAAAA`);
  await verdict(right, "refused", "forged", "yes");
  assert.equal(await (await fetch(`${CONTROL}/scans`)).text(), "1", "the house heard of scans over a cut network");

  // Back: both tell, and everybody sees both entries.
  await network("left", true);
  await left.getByText("This scanner").click();
  await left.getByTestId("scan-sync").click();
  await line(left, "online");
  await network("right", true);
  await right.getByText("This scanner").click();
  await right.getByTestId("scan-sync").click();
  await line(right, "online");
  await left.getByTestId("scan-sync").click();
  for (const page of [left, right]) {
    const twice = page.getByTestId("scan-twice");
    await twice.getByText(/Stalls door, Stalls 1 \(offline\)/).waitFor();
    await twice.getByText(/Side door, Side 1 \(offline\)/).waitFor();
  }
  await look(left, "scanner-twice-phone");
  const twice = manager.getByTestId("twice");
  await twice.getByText(/Stalls door · Stalls 1 · left@example.com · offline/).waitFor();
  await twice.getByText(/Side door · Side 1 · right@example.com · offline/).waitFor();
  await manager.locator('[data-testid="tile-in"]').getByText("2", { exact: true }).waitFor();
  await manager.locator('[data-testid="reasons"] [data-reason="forged"]').waitFor();
  await look(manager, "door-desktop");
  await manager.setViewportSize(sizes.phone.viewport);
  await look(manager, "door-phone");
  assert.equal(await (await fetch(`${CONTROL}/scans`)).text(), "3");

  // A colleague overrules by hand, which takes two presses.
  await type(right, CODE);
  await verdict(right, "refused", "already_in");
  await right.getByTestId("by-hand").click();
  await right.getByTestId("by-hand").click();
  await verdict(right, "in", "already_in");
  await right.getByTestId("scan-next").click();
  await right.locator("label", { hasText: "Out" }).click();
  await type(right, CODE);
  await verdict(right, "out");
});
