import assert from "node:assert/strict";
import { test } from "node:test";
import * as n from "./assets/number.js";

const november2026 = new Date(2026, 10, 21);

test("brands are told from the first digits", () => {
  const cards = {
    4: "visa", 5555: "mastercard", 2223: "mastercard", 2720: "mastercard", 2721: "unknown", 34: "amex", 37: "amex",
    6011: "discover", 65: "discover", 3056: "diners", 36: "diners", 35: "jcb", 62: "unionpay", 9: "unknown", "": "unknown",
  };
  for (const [start, brand] of Object.entries(cards)) assert.equal(n.brandOf(start).id, brand, start);
});

test("numbers are grouped as on the card, and cut at their length", () => {
  assert.equal(n.group("4242424242424242"), "4242 4242 4242 4242");
  assert.equal(n.group("42424"), "4242 4");
  assert.equal(n.group("378282246310005"), "3782 822463 10005");
  assert.equal(n.group("36227206271667"), "3622 720627 1667");
  assert.equal(n.group("42424242424242429999"), "4242 4242 4242 4242");
  assert.equal(n.group(""), "");
});

test("the caret stays behind the same digit", () => {
  assert.equal(n.caretAfter("4242 4242", 4), 4);
  assert.equal(n.caretAfter("4242 4242", 5), 6);
  assert.equal(n.caretAfter("4242", 9), 4);
  assert.equal(n.caretAfter("4242", 0), 0);
});

test("numbers are read", () => {
  assert.equal(n.readNumber("").state, "empty");
  assert.equal(n.readNumber("4242 4242").code, "incomplete_number");
  assert.equal(n.readNumber("4242 4242 4242 4241").code, "invalid_number");
  assert.deepEqual(n.readNumber("4242 4242 4242 4242"), { state: "complete", value: "4242424242424242" });
  assert.equal(n.readNumber("3782 822463 10005").state, "complete");
  assert.equal(n.readNumber("3056 930009 0200 04").state, "complete");
});

test("expiry dates are shaped while typing, deleting and filling in", () => {
  for (const [typed, shaped] of [
    ["1", "1"], ["2", "02 / "], ["12", "12 / "], ["123", "12 / 3"], ["1230", "12 / 30"], ["12/30", "12 / 30"],
    ["12/2030", "12 / 30"], ["122030", "12 / 30"], ["1/", "01 / "], ["01 / 305", "01 / 30"], ["", ""],
  ]) assert.equal(n.writeExpiry(typed, false), shaped, typed);
  assert.equal(n.writeExpiry("12 /", true), "12");
  assert.equal(n.writeExpiry("1", true), "1");
});

test("expiry dates are read", () => {
  assert.equal(n.readExpiry("", november2026).state, "empty");
  assert.equal(n.readExpiry("13", november2026).code, "invalid_expiry_month");
  assert.equal(n.readExpiry("12 / 3", november2026).state, "incomplete");
  assert.equal(n.readExpiry("10 / 26", november2026).code, "invalid_expiry_year_past");
  assert.deepEqual(n.readExpiry("11 / 26", november2026).value, { month: 11, year: 2026 });
  assert.equal(n.readExpiry("12 / 99", november2026).code, "invalid_expiry_year");
});

test("security codes have the brand's length", () => {
  assert.equal(n.readCvc("12", n.brandOf("4")).state, "incomplete");
  assert.equal(n.readCvc("123", n.brandOf("4")).state, "complete");
  assert.equal(n.readCvc("123", n.brandOf("34")).state, "incomplete");
  assert.equal(n.readCvc("1234", n.brandOf("34")).state, "complete");
});

test("postcodes are asked for where banks compare them", () => {
  for (const [text, country, state] of [
    ["sw1a 1aa", "GB", "complete"], ["SW1A", "GB", "incomplete"], ["", "GB", "empty"], ["M1 1AE", "GB", "complete"],
    ["10036", "US", "complete"], ["10036-1234", "US", "complete"], ["1003", "US", "incomplete"],
    ["m5v3l9", "CA", "complete"], ["", "DE", "complete"],
  ]) assert.equal(n.readPostcode(text, country).state, state, `${country} ${text}`);
});
