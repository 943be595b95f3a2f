// The shared rate limiter, with bindings that answer, refuse, fail and hang.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Limiter } from "../limiter.mjs";

const COUNT = "checkout lyceum 4cb007107 60";
const START = 1_795_255_200_000;

let lines;
beforeEach(() => {
  lines = [];
  mock.method(console, "log", (line) => lines.push(JSON.parse(line)));
});
afterEach(() => mock.restoreAll());

/** A limiter over one binding, and what it told the instance. */
function stage(limit, name = "LIMITER_CHECKOUT") {
  const told = [];
  const s = { told, now: START };
  const bindings = limit ? { [name]: { limit } } : {};
  s.limiter = new Limiter(bindings, () => ({ exceeded: (...args) => told.push(args) }), () => s.now);
  return s;
}

test("a request is added to the counter of its class, by its name", async () => {
  const asked = [];
  const s = stage(async (options) => (asked.push(options), { success: true }));
  await s.limiter.count(COUNT);
  assert.deepEqual(asked, [{ key: COUNT }]);
  assert.deepEqual(s.told, []);
  assert.deepEqual(lines, []);
});

test("the instance is told of a client that is over its limit", async () => {
  const s = stage(async () => ({ success: false }));
  await s.limiter.count(COUNT);
  assert.deepEqual(s.told, [[COUNT, START]]);
  assert.deepEqual(lines, []);
});

for (const [name, limit, error] of [
  ["missing", undefined, "it is not bound"],
  ["failing", async () => { throw new Error("injected"); }, "injected"],
  ["failing at once", () => { throw new Error("injected"); }, "injected"],
  ["answering nonsense", async () => undefined, undefined],
]) {
  test(`a ${name} counter marks nobody and is logged once a minute`, async () => {
    const s = stage(limit);
    for (let i = 0; i < 50; i++) await s.limiter.count(COUNT);
    assert.deepEqual(s.told, []);
    assert.equal(lines.length, 1);
    assert.equal(lines[0].level, "WARN");
    assert.equal(lines[0].binding, "LIMITER_CHECKOUT");
    assert.equal(lines[0].not_logged, 0);
    if (error) assert.equal(lines[0].error, error);
    s.now += 59_999;
    await s.limiter.count(COUNT);
    assert.equal(lines.length, 1);
    s.now += 1;
    await s.limiter.count(COUNT);
    assert.equal(lines.length, 2);
    assert.equal(lines[1].not_logged, 50);
  });
}

test("a counter that hangs is given up on, and is no verdict", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const s = stage(() => new Promise(() => {}));
    const counted = s.limiter.count(COUNT);
    mock.timers.tick(1000);
    await counted;
    assert.deepEqual(s.told, []);
    assert.match(lines[0].error, /no answer within/);
  } finally {
    mock.timers.reset();
  }
});

test("of counters that are asked together, one that hangs takes nothing from the others, and its verdict comes too late", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let answer;
    const s = stage(({ key }) => (key === COUNT ? new Promise((done) => { answer = done; }) : Promise.resolve({ success: false })));
    const counted = s.limiter.count("checkout lyceum 4cb007108 60", COUNT);
    await Promise.resolve();
    mock.timers.tick(1000);
    await counted;
    answer({ success: false });
    await new Promise(setImmediate);
    assert.deepEqual(s.told, [["checkout lyceum 4cb007108 60", START]]);
    assert.equal(lines.length, 1);
  } finally {
    mock.timers.reset();
  }
});

test("a counter that comes back counts again", async () => {
  let down = true;
  const s = stage(async () => {
    if (down) throw new Error("injected");
    return { success: false };
  });
  await s.limiter.count(COUNT);
  down = false;
  await s.limiter.count(COUNT);
  assert.equal(s.told.length, 1);
});

test("a client's key is in no log line", async () => {
  const s = stage(async () => { throw new Error("injected"); });
  await s.limiter.count(COUNT);
  assert.doesNotMatch(JSON.stringify(lines), /cb007107/);
});
