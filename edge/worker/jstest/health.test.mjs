// The memory of pools, by a clock that stands still between the lines.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { ANSWERED, Health } from "../health.mjs";

const A = "http://a.example";
const B = "http://b.example";
const ours = new Headers({ [ANSWERED]: "1" });
const theirs = new Headers();
beforeEach(() => mock.method(console, "log", () => {}));
afterEach(() => mock.restoreAll());

/** When a pool that went down at `from` may be tried again. */
function upAt(health, origin, from) {
  for (let now = from; ; now++) {
    if (!health.down(now, true).includes(origin)) return now;
    assert(now - from <= 30_000, "a pool is down for longer than half a minute");
  }
}

test("down times double from one to two seconds, with jitter, up to half a minute", () => {
  for (const [random, longest] of [[0, [1, 2, 4, 8, 15, 15]], [1, [2, 4, 8, 16, 30, 30]]]) {
    const health = new Health(() => random);
    let now = 1_000_000;
    for (const seconds of longest) {
      health.unreachable(A, now);
      const up = upAt(health, A, now);
      assert.equal(up - now, seconds * 1000);
      now = up;
      assert(health.admit(A, "", now));
    }
    health.answered(A, 200, theirs, now);
    assert.equal(health.down(now, false), "");
    health.unreachable(A, now); // all is forgotten
    assert.equal(upAt(health, A, now) - now, longest[0] * 1000);
  }
});

test("many requests that fail together are one failure", () => {
  const health = new Health(() => 1);
  for (let i = 0; i < 100; i++) health.unreachable(A, 5000 + i);
  assert.equal(upAt(health, A, 5000), 7000);
});

test("one request tries, and if nothing is heard of it another one does; a write never tries", () => {
  const health = new Health(() => 1);
  health.unreachable(A, 0);
  assert.equal(health.down(2000, false), A);
  const first = health.down(2000, true);
  const second = health.down(2000, true); // both saw it free
  assert.equal(first, "");
  assert(health.admit(A, first, 2000));
  assert(!health.admit(A, second, 2000));
  assert.equal(health.down(2001, true), A);
  assert(health.admit(A, A, 2001), "a last resort");
  assert.equal(health.down(2000 + 31_000, true), "");
});

test("gateway errors count in a row, and only those that are not the origin's own", () => {
  const health = new Health(() => 1);
  const answer = (status, headers) => health.answered(A, status, headers, 0);
  answer(502, theirs), answer(503, theirs), answer(200, theirs), answer(504, theirs), answer(502, theirs);
  assert.equal(health.down(0, true), "");
  for (let i = 0; i < 10; i++) answer(503, ours);
  answer(500, theirs), answer(501, theirs), answer(505, theirs);
  answer(502, theirs);
  health.late(A, 0);
  assert.equal(health.down(0, true), "");
  answer(503, theirs);
  assert.equal(health.down(0, true), A);
});

test("pools beyond what is remembered cost nothing, and the list stays short", () => {
  const health = new Health(() => 1);
  for (let i = 0; i < 10_000; i++) health.unreachable(`https://${"x".repeat(240)}-${i}.example`, 0);
  assert(health.down(0, true).length <= 2000);
  health.unreachable(B, 1);
  health.answered(B, 200, ours, 2);
  assert(!health.down(2, true).includes(B));
});
