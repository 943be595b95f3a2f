// The page of a performance: seats as they change, a selection, and the hold that turns it into a checkout.
import { call, newKey, pageData, read } from "../api.js";
import { money } from "../money.js";
import { buildAreas, moveAlong, request, settleTypes } from "./areas.js";
import { createBasket } from "./basket.js";
import { buildList } from "./list.js";
import { follow } from "./live.js";
import { createMap } from "./map.js";
import { readPlan } from "./plan.js";
import { setType, toggle, total, without } from "./selection.js";
import { stateOf, take, unknown } from "./states.js";
import { list, seatCount, seatName } from "./words.js";

const $ = (id) => document.getElementById(id);
const sale = pageData("seat-data");
const memory = `sd:seats:${sale.performance_id}`; // what was chosen but not held, for a reload

let plan, map, basket, refreshList, refreshAreas;
let known = unknown;
let selection = new Map();
let mine = new Set(sale.hold?.seats ?? []);
let holding = false;

start();

async function start() {
  countDown(); // the hold does not wait for the plan
  const answer = await read(sale.plan_url, () => { $("map-loading").textContent = "Drawing the house takes longer than usual…"; });
  if (answer.problem) return fail(answer.problem.detail);
  plan = readPlan(answer.body);
  const bands = new Map([...document.querySelectorAll("[data-band].band-chip")].map((chip, i) => [chip.dataset.band, i + 1]));
  const house = { plan, state: seatState, choose, toggle: choose };
  map = createMap($("map"), { plan, bands, house, card: $("seat-card"), hint: $("map-hint") });
  refreshList = buildList($("seat-list"), house);
  refreshAreas = buildAreas($("areas"), house);
  basket = createBasket({ plan, sale, on: { remove: choose, type: chooseType, hold } });
  $("map-loading").hidden = true;
  $("map-hint").textContent = "Closer: now tap a seat.";
  restore();
  changed(plan.seats.map((s) => s.id));
  wireBar();
  follow(sale.events_url, { event: heard, known: () => known.seq, status: showLive });
}

function fail(text) {
  $("map-loading").replaceChildren(text, " ", Object.assign(document.createElement("a"), { href: location.href, textContent: "Load the page again" }));
}

// What this visitor sees of a seat: their own hold looks free to them, for they may choose anew.
function seatState(seat) {
  const state = mine.has(seat.id) && stateOf(known, seat.id) !== "sold" ? "free" : stateOf(known, seat.id);
  return { state, chosen: selection.has(seat.id), price: priceOf(seat) };
}
function priceOf(seat) {
  const type = selection.get(seat.id) ?? (sale.prices[seat.band]?.adult !== undefined ? "adult" : sale.types[0]?.id);
  const amount = sale.prices[seat.band]?.[type];
  return amount === undefined ? "not for sale" : money(amount, sale.currency);
}

function changed(ids) {
  map.refresh(ids);
  refreshList(ids);
  refreshAreas();
  basket.draw(selection);
}

function choose(seat) {
  const { state, chosen } = seatState(seat);
  if (holding) return;
  if (state !== "free" && !chosen) {
    announce(`${seatName(seat)} is ${state === "sold" ? "taken" : "being bought by someone else"}.`);
    changed([seat.id]);
    return;
  }
  const before = selection;
  const next = toggle(selection, seat, plan, sale);
  if (next.full) {
    basket.alert(`You can hold up to ${seatCount(sale.max_seats)} at a time.`);
    changed([seat.id]);
    return;
  }
  basket.alert("");
  select(next.selection);
  const verb = selection.has(seat.id) ? "chosen" : "removed";
  if (before.size !== selection.size) announce(`${seatName(seat)} ${verb}. ${seatCount(selection.size)}, ${money(total(selection, plan, sale), sale.currency)}.`);
}

function chooseType(seat, type) {
  select(setType(selection, seat.id, type, plan, sale));
  announce(`Total ${money(total(selection, plan, sale), sale.currency)}.`);
}

function select(next) {
  const touched = new Set([...selection.keys(), ...next.keys()]);
  selection = next;
  sessionStorage.setItem(memory, JSON.stringify([...selection]));
  changed([...touched]);
}

// A reload brings back what was chosen; a hold brings back what is held.
function restore() {
  let kept = [];
  try {
    kept = JSON.parse(sessionStorage.getItem(memory) ?? "[]");
  } catch { /* not ours */ }
  if (sale.hold) kept = sale.hold.seats.map((id) => [id, kept.find(([k]) => k === id)?.[1] ?? "adult"]);
  for (const [id, type] of kept) {
    const seat = plan.byId.get(id);
    if (!seat || selection.has(id)) continue;
    const next = toggle(selection, seat, plan, sale);
    selection = next.selection;
    if (type !== "companion" && sale.prices[seat.band]?.[type] !== undefined) selection = setType(selection, id, type, plan, sale);
  }
}

// An event of the stream. Returns whether some were missed.
function heard(kind, data) {
  const next = take(known, kind, data);
  if (next.gap) return true;
  known = next.state;
  for (const id of kind === "snapshot" ? mine : next.changed) {
    if (mine.has(id) && stateOf(known, id) !== "held") mine.delete(id);
  }
  let lost = gone();
  const moved = moveAlong(selection, lost, plan, (place) => seatState(place).state === "free");
  if (moved !== selection && !holding) {
    select(moved);
    lost = gone();
  }
  if (lost.length > 0 && !holding) lose(lost);
  changed(kind === "snapshot" ? plan.seats.map((s) => s.id) : next.changed);
  return false;
}

// What is chosen and not to be had any more.
const gone = () => [...selection.keys()].filter((id) => seatState(plan.byId.get(id)).state !== "free");

// Seats of the selection that someone else took. The others stay.
function lose(ids) {
  const names = ids.map((id) => seatName(plan.byId.get(id)));
  const left = selection.size - ids.length;
  select(without(selection, ids, plan, sale));
  const rest = left > 0 ? `We kept your other ${left === 1 ? "seat" : seatCount(left)}.` : "Please choose another.";
  basket.alert(`Someone else was quicker. ${rest} Gone:`, names);
}

async function hold() {
  if (holding || selection.size === 0) return;
  holding = true;
  basket.alert("");
  basket.busy(true);
  const wanted = new Map(selection);
  const key = newKey();
  const accessible = !$("access-need").hidden && $("access-declared").checked;
  const ask = () => call("POST", sale.holds_url, { performance_id: sale.performance_id, ...request(wanted.keys(), plan), accessible }, { "Idempotency-Key": key });
  let answer = await ask();
  if (answer.status === 0 || answer.status === 503) answer = await ask(); // the same key: it can't be held twice
  if (answer.body) {
    sessionStorage.setItem(`sd:who:${answer.body.id}`, JSON.stringify(settleTypes(wanted, answer.body.seats, plan)));
    sessionStorage.removeItem(memory);
    location.assign(sale.checkout_url + encodeURIComponent(answer.body.id));
    return; // busy until the page is left
  }
  holding = false;
  basket.busy(false);
  const { problem } = answer;
  const taken = (problem.seats ?? []).filter((id) => selection.has(id));
  if (problem.code === "waiting_room") {
    location.assign(problem.url); // the queue has a page of its own; seats chosen here are kept for the way back
  } else if (problem.code === "seats_taken" && taken.length > 0) {
    for (const id of taken) mine.delete(id);
    known = { ...known, seats: new Map([...known.seats, ...taken.map((id) => [id, stateOf(known, id) === "sold" ? "sold" : "held"])]) };
    lose(taken);
  } else if (problem.code === "seat_left_alone" && problem.instead) {
    basket.alert(problem.detail, [], { text: `Take ${list(problem.instead.map((id) => plan.byId.get(id).row + plan.byId.get(id).label))}`, go: () => swap(problem.instead) });
  } else {
    basket.alert(problem.errors?.[0]?.reason ?? problem.detail);
  }
  changed([...wanted.keys()]);
}

// Chooses other seats for the same people.
function swap(ids) {
  const types = [...selection.values()];
  let next = new Map();
  for (const [i, id] of ids.entries()) next = setType(toggle(next, plan.byId.get(id), plan, sale).selection, id, types[i] ?? "adult", plan, sale);
  basket.alert("");
  select(next);
  $("hold").focus();
}

let said;
function announce(text) {
  clearTimeout(said);
  said = setTimeout(() => { $("announce").textContent = text; }, 120);
}

function showLive(status) {
  const words = { live: "Live", connecting: "Connecting", offline: "Not live: retrying" };
  $("live").dataset.state = status;
  if ($("live-text").textContent !== words[status]) $("live-text").textContent = words[status];
}

function wireBar() {
  $("zoom-in").addEventListener("click", () => map.zoom(1.6));
  $("zoom-out").addEventListener("click", () => map.zoom(1 / 1.6));
  $("zoom-fit").addEventListener("click", () => map.fit());
  for (const section of plan.sections) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "level", textContent: section.name });
    button.addEventListener("click", () => {
      map.goTo(section);
      const part = [...document.querySelectorAll(".list-section")].find((d) => d.dataset.section === section.id);
      part.open = true;
      if (!$("seat-list").hidden) part.scrollIntoView({ block: "start" });
    });
    $("levels").append(button);
  }
  const show = (asList) => {
    $("seat-list").hidden = !asList;
    $("map-frame").hidden = asList;
    $("keys").hidden = asList;
    $("show-list").setAttribute("aria-pressed", String(asList));
    $("show-map").setAttribute("aria-pressed", String(!asList));
    if (!asList) map.resize();
  };
  $("show-list").addEventListener("click", () => show(true));
  $("show-map").addEventListener("click", () => show(false));
  for (const chip of document.querySelectorAll(".band-chip")) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      const shown = [...document.querySelectorAll('.band-chip[aria-pressed="true"]')].map((c) => c.dataset.band);
      for (const seat of document.querySelectorAll("#map [data-seat-id]")) {
        seat.classList.toggle("dim", shown.length > 0 && !shown.includes(seat.dataset.band));
      }
      if (shown.length > 0) announce(`Showing seats of band ${list(shown)}.`);
    });
  }
}

// How long the visitor's own hold still lasts.
function countDown() {
  const left = $("my-hold-left");
  if (!left) return;
  const end = performance.now() + Number(left.dataset.expiresIn) * 1000;
  const tick = () => {
    const seconds = Math.max(Math.round((end - performance.now()) / 1000), 0);
    left.textContent = `, in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds === 0) {
      clearInterval(timer);
      $("my-hold").remove();
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}
