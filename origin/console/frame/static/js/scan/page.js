// The scanner. Each code is put to the house; when it does not answer, this device decides by the list it has, keeps what it
// decided, and tells the house later.
import { Camera } from "./camera.js";
import { Away, House, Refusal, SignedOut } from "./house.js";
import { decide, OVERRULABLE, stand } from "./rules.js";
import * as signal from "./signal.js";
import { device, store } from "./store.js";
import { draw, drawTwice, line } from "./view.js";

const root = document.getElementById("scanner");
const { base, performance: performanceID } = root.dataset;
const house = new House(base);
const camera = new Camera(document.getElementById("scan-video"), (code) => seen(code));
const SAME = 4000; // ms for which a code that stays before the camera is one scan
const SYNC = 15_000; // ms between two looks at the list

const state = { kept: null, mine: [], away: false, signedOut: false, rejected: [], busy: false };
let last = { code: "", at: 0 };

for (const other of document.querySelectorAll("body > header, body > nav, body > .skip")) other.inert = true;

// A code that the camera sees is one scan for as long as it is held there.
function seen(code) {
  const now = Date.now();
  const same = code === last.code || split(code) === split(last.code);
  if (same && now - last.at < SAME) {
    last.at = now;
    return;
  }
  if (state.busy) return;
  last = { code, at: now };
  present(code);
}

const split = (code) => code.split(".").slice(0, 4).join(".");

const direction = () => root.querySelector("input[name=direction]:checked").value;

// present puts a code to the house, or decides about it.
async function present(code, { scan = crypto.randomUUID(), overrule = "" } = {}) {
  state.busy = true;
  const me = device();
  const asked = { scan, code, direction: direction(), device: me.id, device_name: me.name, door: me.door, at: new Date(house.now()).toISOString() };
  if (overrule) asked.overrule = overrule;
  try {
    let verdict;
    try {
      verdict = { ...await house.admit(asked), alone: false };
      away(false);
    } catch (error) {
      if (error instanceof Refusal) {
        draw({ result: "trouble", text: error.message });
        signal.no();
        return;
      }
      if (!(error instanceof Away)) throw error;
      away(true, error);
      verdict = { ...await alone(asked, overrule), alone: true };
    }
    if (verdict.result === "refused") signal.no();
    else signal.yes();
    const overrulable = verdict.result === "refused" && OVERRULABLE.has(verdict.reason);
    draw(verdict, overrulable ? () => present(code, { scan, overrule: verdict.reason }) : null);
    if (!verdict.alone && verdict.result !== "refused") note(asked, verdict);
  } finally {
    state.busy = false;
    refresh();
  }
}

// alone decides by the list, and keeps what it decided.
async function alone(asked, overrule) {
  if (!state.kept) return { result: "refused", reason: "no_list" };
  const now = house.now();
  const { list } = state.kept;
  const verdict = await decide({
    list, listed: state.kept.listed, facts: [...list.moves, ...state.mine], code: asked.code, direction: asked.direction, now,
  });
  const fact = {
    scan: asked.scan, result: verdict.result, reason: verdict.reason ?? "", performance: performanceID, ticket: verdict.ticket ?? NOBODY,
    device: asked.device, device_name: asked.device_name, door: asked.door, at: asked.at, offline: true,
  };
  if (verdict.result === "refused" && overrule === verdict.reason && OVERRULABLE.has(verdict.reason)) Object.assign(fact, { result: asked.direction });
  if (verdict.result === "refused" && !verdict.listed && fact.result === "refused") fact.ticket = NOBODY; // the house need not know it either
  await store.keepFact(fact);
  state.mine = [...state.mine.filter((f) => f.scan !== fact.scan || f.result !== fact.result), fact];
  return { ...verdict, result: fact.result, seat: verdict.listed?.seat ?? "", type: verdict.listed?.type ?? "" };
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

// note adds what the house decided to the list we have, so that we know it should the network go before the next list.
function note(asked, verdict) {
  if (!state.kept) return;
  const { scan, device: id, device_name: name, door, at } = asked;
  state.kept.list.moves.push({ scan, result: verdict.result, ticket: verdict.ticket, device: id, device_name: name, door, at, received_at: verdict.now, offline: false });
  store.keepList(state.kept);
}

function away(is, error) {
  state.away = is;
  state.signedOut = is && error instanceof SignedOut;
}

let syncing = null;
// sync tells the house what it does not know and takes its list.
function sync() {
  syncing ??= (async () => {
    try {
      const untold = state.mine.filter((f) => !f.told);
      const rejected = await house.tell(untold, async (batch) => {
        for (const fact of batch) {
          fact.told = true;
          await store.keepFact(fact);
        }
      });
      state.rejected = rejected;
      const told = state.mine.filter((f) => f.told);
      const list = await house.list(state.kept);
      if (list) {
        state.kept = { performance: performanceID, list, listed: house.now(), offset: house.offset };
        await store.keepList(state.kept);
      } else {
        Object.assign(state.kept, { listed: house.now(), offset: house.offset });
      }
      await store.dropFacts(told); // they are in the list now
      state.mine = state.mine.filter((f) => !told.includes(f));
      away(false);
    } catch (error) {
      if (!(error instanceof Away) && !(error instanceof Refusal)) throw error;
      away(true, error);
    } finally {
      syncing = null;
      refresh();
    }
  })();
  return syncing;
}

// refresh draws what is not about one scan.
function refresh() {
  const facts = [...state.kept?.list.moves ?? [], ...state.mine];
  const byTicket = Map.groupBy ? Map.groupBy(facts, (f) => f.ticket) : group(facts);
  let inside = 0;
  const twice = [];
  for (const [ticket, list] of byTicket) {
    const s = stand(list);
    if (s.inside) inside += 1;
    if (s.twice.length > 0) twice.push({ seat: state.kept?.list.tickets.find((one) => one.id === ticket)?.seat ?? "A ticket", entries: s.twice });
  }
  document.getElementById("scan-in").textContent = inside;
  document.getElementById("scan-expected").textContent = state.kept?.list.tickets.filter((one) => one.alive).length ?? 0;
  drawTwice(twice);
  line({ ...state, untold: state.mine.filter((f) => !f.told).length });
  const me = device();
  document.getElementById("scan-about").textContent =
    `Codes are read by ${camera.reader}. The clock is ${Math.abs(house.offset) < 2000 ? "right" : `set right by ${Math.round(house.offset / 1000)} s`}. ID ${me.id.slice(0, 8)}.`;
}

function group(facts) {
  const map = new Map();
  for (const f of facts) map.set(f.ticket, [...map.get(f.ticket) ?? [], f]);
  return map;
}

document.getElementById("scan-start").addEventListener("click", async () => {
  signal.ready();
  const text = document.getElementById("scan-idle-text");
  text.textContent = "The camera is being opened…";
  try {
    await camera.start();
    document.getElementById("scan-idle").hidden = true;
    document.getElementById("scan-stage").dataset.camera = "on";
    navigator.wakeLock?.request("screen").catch(() => {});
    document.getElementById("scan-torch").hidden = !await camera.light(false).catch(() => false);
  } catch (error) {
    text.textContent = error.name === "NotAllowedError" ? "The browser may not use the camera: allow it in its settings, or type the codes." : "There is no camera here. Type the codes below.";
  }
  refresh();
});

document.getElementById("scan-torch").addEventListener("click", (event) => {
  const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
  event.currentTarget.setAttribute("aria-pressed", String(on));
  camera.light(on);
});

document.getElementById("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  signal.ready();
  const field = document.getElementById("scan-code");
  const code = field.value.trim();
  field.value = "";
  if (code && !state.busy) present(code);
});

for (const [id, key] of [["scan-name", "name"], ["scan-door", "door"]]) {
  const field = document.getElementById(id);
  field.value = device()[key];
  field.addEventListener("change", () => localStorage.setItem(id, field.value.trim()));
}
document.getElementById("scan-sync").addEventListener("click", () => sync());
addEventListener("online", () => sync());
addEventListener("offline", () => { away(true); refresh(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
setInterval(() => { if (!document.hidden) sync(); }, SYNC);

// The worker keeps this page; it is told what belongs to it.
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/scan-worker.js");
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname).filter((path) => path.startsWith("/assets/"));
  navigator.serviceWorker.addEventListener("message", (event) => { if (event.data?.kept) root.dataset.kept = "yes"; });
  active.postMessage({ keep: [...new Set(files)], page: location.pathname });
  navigator.storage?.persist?.().catch(() => {});
}

state.kept = await store.list(performanceID) ?? null;
state.mine = await store.facts(performanceID);
house.offset = state.kept?.offset ?? 0;
refresh();
await sync();
await store.forgetOld(house.now());
await keepPage().catch(() => {}); // without it the page must be open before the network goes
