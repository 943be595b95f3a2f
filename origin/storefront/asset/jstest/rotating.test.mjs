import assert from "node:assert/strict";
import { test } from "node:test";
import { counting, digits, STEP } from "../static/js/rotating.js";

// RFC 6238, appendix B, SHA-1: eight digits there, of which ours are the last six.
test("the digits of the moment", async () => {
  const key = await counting(btoa("12345678901234567890").replaceAll("=", ""));
  for (const [at, want] of [[59, "287082"], [1111111109, "081804"], [1234567890, "005924"], [20000000000, "353130"]]) {
    assert.equal(await digits(key, Math.floor(at / STEP)), want);
  }
});
