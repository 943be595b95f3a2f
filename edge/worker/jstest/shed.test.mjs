import assert from "node:assert/strict";
import { test } from "node:test";
import { later, Shed } from "../shed.mjs";

test("so many in each second, and not one more", () => {
  const shed = new Shed(3);
  const admitted = (now, times) => Array.from({ length: times }, () => shed.admit(now)).filter(Boolean).length;
  assert.equal(admitted(1_000, 2), 2);
  assert.equal(admitted(1_999, 5), 1);
  assert.equal(admitted(2_000, 5), 3);
  assert.equal(admitted(1_500, 5), 3, "a clock that was put back counts anew");
});

test("who is not taken on is told when to come back", async () => {
  const response = later();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "2");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal((await response.json()).status, 503);
});
