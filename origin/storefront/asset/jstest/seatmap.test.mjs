// Pure parts of the seat map. PLAN names a file with a drawn plan, as the API gives it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read, waitBefore } from "../static/js/api.js";
import { moveAlong, request, settleTypes } from "../static/js/seatmap/areas.js";
import { clamp, fit, reveal, toView, toWorld, zoomAt } from "../static/js/seatmap/camera.js";
import { gridOf, nearest, neighbour, rowEnd } from "../static/js/seatmap/geometry.js";
import { streamAfter } from "../static/js/seatmap/live.js";
import { readPlan } from "../static/js/seatmap/plan.js";
import { companionAllowed, offered, setType, toggle, total, without } from "../static/js/seatmap/selection.js";
import { stateOf, take, unknown } from "../static/js/seatmap/states.js";
import { list, spoken } from "../static/js/seatmap/words.js";

const plans = JSON.parse(readFileSync(process.env.PLANS)).map(readPlan);
const seat = (id, x, y, more = {}) => ({ id, label: id.split("-").at(-1), x, y, band: "A", kind: "standard", ...more });
const small = readPlan({
  width: 400, height: 300, stage: { x: 100, y: 0, width: 200, height: 40 },
  sections: [
    { id: "stalls", name: "Stalls", rows: [
      { label: "A", seats: [seat("stalls-A-1", 100, 100), seat("stalls-A-2", 150, 100), seat("stalls-A-3", 200, 100)] },
      { label: "B", seats: [seat("stalls-B-1", 100, 180), seat("stalls-B-2", 150, 180, { kind: "wheelchair" }), seat("stalls-B-3", 200, 180, { kind: "companion" })] },
    ] },
    { id: "box", name: "Box", rows: [{ label: "1", seats: [seat("box-1-1", 320, 110, { band: "B" })] }] },
  ],
});
const sale = {
  max_seats: 3, currency: "GBP",
  types: [{ id: "adult", name: "Adult" }, { id: "concession", name: "Concession" }, { id: "companion", name: "Companion" }],
  prices: { A: { adult: 5000, concession: 4000, companion: 0 }, B: { adult: 2000 } },
};
const at = (id) => small.byId.get(id);

test("arrow keys follow rows, cross aisles and stop at the edge", () => {
  const go = (from, way, accept) => neighbour(small, at(from), way, accept)?.id ?? null;
  assert.equal(go("stalls-A-1", "right"), "stalls-A-2");
  assert.equal(go("stalls-A-1", "right", (s) => s.id !== "stalls-A-2"), "stalls-A-3", "over a seat that does not count");
  assert.equal(go("stalls-A-3", "right"), "box-1-1", "to the next block");
  assert.equal(go("stalls-A-1", "left"), null);
  assert.equal(go("stalls-A-2", "down"), "stalls-B-2");
  assert.equal(go("stalls-B-3", "up"), "stalls-A-3");
  assert.equal(go("stalls-A-2", "up"), null);
  assert.equal(rowEnd(small, at("stalls-A-2"), true).id, "stalls-A-3");
  assert.equal(rowEnd(small, at("stalls-A-2"), false).id, "stalls-A-1");
});

test("every seat of every drawn house can be reached with the arrow keys, and left again", () => {
  assert.ok(plans.length > 3);
  for (const plan of plans) {
    const ways = ["left", "right", "up", "down"];
    const next = new Map(plan.seats.map((s) => [s, ways.map((w) => neighbour(plan, s, w)).filter(Boolean)]));
    const reach = (start, edges) => {
      const seen = new Set([start]);
      for (const s of seen) for (const t of edges.get(s)) seen.add(t);
      return seen.size;
    };
    const back = new Map(plan.seats.map((s) => [s, []]));
    for (const [s, targets] of next) for (const t of targets) back.get(t).push(s);
    assert.equal(reach(plan.seats[0], next), plan.seats.length, "reached from the first seat");
    assert.equal(reach(plan.seats[0], back), plan.seats.length, "led back to the first seat");
  }
});

test("the nearest seat is found within reach only", () => {
  for (const plan of [small, ...plans]) {
    const grid = gridOf(plan.seats, plan.spacing * 2);
    for (const s of plan.seats.slice(0, 200)) assert.equal(nearest(grid, { x: s.x + 2, y: s.y - 2 }, plan.spacing), s);
  }
  assert.equal(nearest(gridOf(small.seats, 100), { x: 0, y: 0 }, 50), null);
});

test("the camera fits, zooms about a point and keeps the house in view", () => {
  const view = { width: 390, height: 500 }, world = { x: -50, y: -50, width: 3000, height: 4000 };
  const whole = fit(world, view, 10);
  for (const corner of [{ x: -50, y: -50 }, { x: 2950, y: 3950 }]) {
    const p = toView(whole, corner);
    assert.ok(p.x >= 9.99 && p.x <= 380.01 && p.y >= 9.99 && p.y <= 490.01);
  }
  const limits = { min: whole.k, max: whole.k * 8 };
  const near = zoomAt(whole, 100, 200, 3, limits);
  const [a, b] = [toWorld(whole, 100, 200), toWorld(near, 100, 200)];
  assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1e-6, "what is under the finger stays there");
  assert.equal(zoomAt(whole, 0, 0, 100, limits).k, limits.max);
  assert.equal(zoomAt(whole, 0, 0, 0.01, limits).k, limits.min);
  const lost = clamp({ ...near, x: 1e6, y: -1e6 }, world, view);
  assert.ok(toView(lost, { x: -50, y: 0 }).x <= 0.01 && toView(lost, { x: 0, y: 3950 }).y >= 499.99, "no edge comes inside the view");
  const shown = toView(reveal(near, { x: 2900, y: 3900 }, view, 40), { x: 2900, y: 3900 });
  assert.ok(shown.x <= 350.01 && shown.y <= 460.01);
  assert.deepEqual(reveal(near, toWorld(near, 200, 250), view, 40), near, "what is in view is not moved");
});

test("snapshots and deltas", () => {
  let { state, changed, gap } = take(unknown, "delta", { seq: 3, seats: { a: "held" } });
  assert.ok(gap, "a delta before any snapshot");
  ({ state, changed } = take(unknown, "snapshot", { seq: 5, seats: { a: "held", b: "sold", c: "free" } }));
  assert.deepEqual([changed.sort(), stateOf(state, "a"), stateOf(state, "c")], [["a", "b"], "held", "free"]);
  const same = take(state, "delta", { seq: 5, seats: { a: "free" } });
  assert.deepEqual([same.changed, same.gap, stateOf(same.state, "a")], [[], false, "held"], "an old delta changes nothing");
  ({ state, changed, gap } = take(state, "delta", { seq: 6, seats: { a: "free", b: "sold", d: "held" } }));
  assert.deepEqual([changed, gap, stateOf(state, "a")], [["a", "d"], false, "free"]);
  assert.equal(take(state, "delta", { seq: 8, seats: {} }).gap, true, "one is missing");
  assert.equal(take(state, "delta", { seq: 9, since: 7, seats: {} }).gap, true, "one is missing before several in one");
  const merged = take(state, "delta", { seq: 9, since: 4, seats: { a: "sold", d: "free", w: "withheld" } });
  assert.deepEqual([merged.gap, merged.state.seq, stateOf(merged.state, "a"), stateOf(merged.state, "w")], [false, 9, "sold", "sold"], "several in one");
  assert.deepEqual([streamAfter("/events", -1), streamAfter("/events", 9)], ["/events", "/events?after=9"]);
  const reborn = take(state, "snapshot", { seq: 1, seats: {} });
  assert.deepEqual([reborn.state.seq, reborn.changed.sort()], [1, ["b", "d"]], "a house that lost its counter");
});

test("any order of events that has no gap ends as the last snapshot would", () => {
  let random = 7;
  const dice = (n) => (random = (random * 48271) % 2147483647) % n;
  for (let round = 0; round < 200; round++) {
    const truth = {};
    let state = take(unknown, "snapshot", { seq: 0, seats: {} }).state;
    for (let seq = 1; seq <= 20; seq++) {
      const seats = {};
      for (let i = dice(4); i >= 0; i--) seats[`s${dice(6)}`] = ["free", "held", "sold"][dice(3)];
      Object.assign(truth, seats);
      state = take(state, "delta", { seq, seats }).state;
      if (dice(3) === 0) state = take(state, "delta", { seq, seats: { s0: "sold" } }).state; // repeated: ignored
    }
    for (const [id, s] of Object.entries(truth)) assert.equal(stateOf(state, id), s);
  }
});

test("choosing seats: limits, totals, companions", () => {
  let selection = new Map();
  const choose = (id) => ({ selection } = toggle(selection, at(id), small, sale)).selection;
  choose("stalls-B-3");
  assert.equal(selection.get("stalls-B-3"), "adult", "a companion without a wheelchair space pays");
  choose("stalls-B-2");
  assert.deepEqual([...selection], [["stalls-B-3", "companion"], ["stalls-B-2", "adult"]], "and comes free with one");
  assert.equal(total(selection, small, sale), 5000);
  choose("stalls-B-2");
  assert.equal(selection.get("stalls-B-3"), "adult");
  choose("stalls-B-2");
  choose("box-1-1");
  assert.deepEqual(toggle(selection, at("stalls-A-1"), small, sale), { selection, full: true });
  selection = setType(selection, "stalls-B-2", "concession", small, sale);
  assert.equal(total(selection, small, sale), 6000);
  selection = setType(selection, "stalls-B-3", "adult", small, sale);
  assert.equal(total(selection, small, sale), 11000, "a companion may pay");
  assert.ok(companionAllowed(selection, at("stalls-B-3"), small));
  selection = without(selection, ["stalls-B-2", "box-1-1", "unknown"], small, sale);
  assert.deepEqual([...selection.keys()], ["stalls-B-3"]);
  assert.ok(!companionAllowed(selection, at("stalls-B-3"), small));
  assert.deepEqual(offered(at("box-1-1"), sale).map((t) => t.id), ["adult"]);
  assert.deepEqual(offered(at("stalls-B-3"), sale).map((t) => t.id), ["companion", "adult", "concession"]);
});

test("seats are spoken of in full", () => {
  const said = spoken(seat("stalls-F-12", 0, 0, { section: "Stalls", row: "F", restricted: true, note: "A pillar hides the left of the stage" }), { state: "free", chosen: true, price: "£65" });
  assert.equal(said, "Stalls, row F, seat 12, £65, a pillar hides the left of the stage, chosen");
  assert.equal(spoken(seat("x-F-12", 0, 0, { section: "Stalls", row: "F" }), { state: "sold" }), "Stalls, row F, seat 12, taken");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
});

test("reconnecting waits longer each time, up to a bound, never the same for all", () => {
  for (let n = 1; n < 12; n++) {
    assert.ok(waitBefore(n, 0) >= 1000 && waitBefore(n, 1) <= 20_000);
    assert.ok(waitBefore(n, 0) < waitBefore(n, 1));
  }
});

test("areas without numbers are asked for by number, and move along when a place is gone", () => {
  const house = readPlan({
    width: 400, height: 300, stage: { x: 100, y: 0, width: 200, height: 40 },
    sections: [
      { id: "stalls", name: "Stalls", rows: [{ label: "A", seats: [seat("stalls-A-1", 100, 100)] }] },
      { id: "pit", name: "Standing, pit", rows: null, general: { count: 3, band: "B", x: 100, y: 60, width: 200, height: 40 } },
    ],
  });
  assert.equal(house.seats.length, 1, "the map draws no seat for them");
  assert.deepEqual(house.areas.map((a) => [a.name, a.places.length]), [["Standing, pit", 3]]);
  let chosen = new Map();
  for (const id of ["pit-GA-1", "stalls-A-1", "pit-GA-2"]) chosen = toggle(chosen, house.byId.get(id), house, sale).selection;
  assert.equal(total(chosen, house, sale), 5000 + 2 * 2000);
  assert.deepEqual(request(chosen.keys(), house), { seats: ["stalls-A-1"], general: [{ section: "pit", count: 2 }] });
  assert.deepEqual(request(["stalls-A-1"], house), { seats: ["stalls-A-1"] });
  assert.equal(spoken(house.byId.get("pit-GA-1"), { state: "free", price: "£20" }), "Standing, pit, £20");

  const moved = moveAlong(chosen, ["pit-GA-2"], house, (place) => place.id === "pit-GA-3");
  assert.deepEqual([...moved.keys()], ["pit-GA-1", "stalls-A-1", "pit-GA-3"]);
  assert.equal(moveAlong(chosen, ["pit-GA-2"], house, () => false), chosen, "nowhere to move along to");
  assert.equal(moveAlong(chosen, ["stalls-A-1"], house, () => true), chosen, "a seat with a number is that seat");

  // The house gives others than were looked at: price types go with people, not with places.
  chosen.set("pit-GA-2", "concession");
  assert.deepEqual(settleTypes(chosen, ["pit-GA-3", "stalls-A-1", "pit-GA-2"], house), [["pit-GA-3", "adult"], ["stalls-A-1", "adult"], ["pit-GA-2", "concession"]]);
});

test("what a page can't do without is asked for again, and not for ever", async (t) => {
  const answers = (...statuses) => t.mock.method(globalThis, "fetch", async () => {
    const status = statuses.shift();
    if (status === 0) throw new TypeError("no network");
    return new Response(JSON.stringify({ detail: `said ${status}` }), { status });
  }).mock;
  const told = [], rested = [];
  const ask = (tries) => read("/plan", (problem) => told.push(problem.detail), tries, async (ms) => rested.push(ms));

  let asked = answers(503, 0, 429, 200);
  assert.equal((await ask()).body.detail, "said 200");
  assert.equal(asked.callCount(), 4);
  assert.equal(told.length, 3);
  assert.deepEqual([told[0], told[2]], ["said 503", "said 429"]);
  assert.ok(rested.every((ms) => ms >= 500 && ms <= 20_000), String(rested));

  asked = answers(404, 200);
  assert.equal((await ask()).status, 404, "another try would not help");
  assert.equal(asked.callCount(), 1);

  asked = answers(500, 500, 500, 200);
  assert.equal((await ask(3)).problem.detail, "said 500");
  assert.equal(asked.callCount(), 3);
});
