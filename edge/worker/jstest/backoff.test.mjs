import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, Refused } from "../backoff.mjs";

test("pauses grow up to a bound and end with an answer", () => {
  const backoff = new Backoff(() => 1);
  assert.equal(backoff.pausing(0), false);
  const pauses = [];
  for (let i = 0; i < 6; i++) {
    backoff.failed(1000);
    pauses.push(backoff.until - 1000);
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 8000, 8000]);
  assert.equal(backoff.pausing(8999), true);
  assert.equal(backoff.pausing(9000), false);
  backoff.answered();
  assert.equal(backoff.pausing(0), false);
});

test("those who failed together do not come back together, and not sooner than asked", () => {
  const early = new Backoff(() => 0);
  early.failed(0);
  assert.equal(early.until, 500);
  const told = new Backoff(() => 0);
  told.failed(0, 3000);
  assert.equal(told.until, 3000);
});

test("a refusal says when to come back, within reason", () => {
  const after = (value) => new Refused(new Response(null, { status: 503, headers: value === null ? {} : { "retry-after": value } })).retryMs;
  assert.deepEqual([after("2"), after(null), after("soon"), after("86400"), after("-1")], [2000, 0, 0, 0, 0]);
});
