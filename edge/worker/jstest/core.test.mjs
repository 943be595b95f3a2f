import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRows, encodeRow } from "../core.mjs";

test("rows cross over as they are", () => {
  const rows = [
    { key: "config", value: new Uint8Array([1, 2, 3]) },
    { key: "an empty one", value: new Uint8Array(0) },
    { key: "large", value: new Uint8Array(70_000).fill(7) },
  ];
  const text = rows.map(encodeRow).flatMap((row) => [...row]);
  assert.deepEqual([...decodeRows(Uint8Array.from(text))], rows);
});

test("a row that is deleted has no value", () => {
  const gone = Uint8Array.from([0, 1, 255, 255, 255, 255, 97, ...encodeRow({ key: "b", value: new Uint8Array([9]) })]);
  assert.deepEqual([...decodeRows(gone)], [{ key: "a", value: null }, { key: "b", value: new Uint8Array([9]) }]);
});

test("rows that break off are not taken for whole", () => {
  assert.throws(() => [...decodeRows(new Uint8Array([0, 1, 0]))]);
});
