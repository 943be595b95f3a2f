// Pure parts of the checkout, and money.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { faults, fieldOf, keyFor } from "../static/js/checkout/attempt.js";
import { clock, say, secondsLeft } from "../static/js/checkout/clock.js";
import { verdict } from "../static/js/checkout/verdict.js";
import { money } from "../static/js/money.js";

test("money is written as the server writes it", () => {
  for (const { Amount, Currency, Want } of JSON.parse(readFileSync(process.env.MONEY))) assert.equal(money(Amount, Currency), Want);
});

test("the clock counts whole seconds and never below nothing", () => {
  assert.equal(secondsLeft(5000, 0), 5);
  assert.equal(secondsLeft(5000, 4001), 1);
  assert.equal(secondsLeft(5000, 9000), 0);
  assert.deepEqual([clock(300), clock(61), clock(9), clock(0)], ["5:00", "1:01", "0:09", "0:00"]);
});

test("time is announced at two minutes and thirty seconds, once each", () => {
  const said = [];
  for (let left = 300; left > 0; left--) if (say(left, left - 1)) said.push([left - 1, say(left, left - 1)]);
  assert.deepEqual(said.map(([left]) => left), [120, 30]);
  assert.equal(say(300, 20), "Thirty seconds left to pay.", "after a nap only what matters now");
  assert.equal(say(119, 118), "");
  assert.equal(say(10, 0), "");
});

test("what came of a payment is what the provider has, not what it said", () => {
  const lost = { type: "api_connection_error", message: "No answer." };
  const strange = { type: "invalid_request_error", code: "payment_intent_unexpected_state", message: "You cannot confirm this PaymentIntent because…" };
  const declined = { type: "card_error", code: "card_declined", message: "Your card was declined." };
  for (const [error, status, want] of [
    [undefined, "succeeded", { paid: true }],
    [undefined, "processing", { paid: true }],
    [undefined, "requires_action", { declined: "The payment was not completed." }],
    [{ type: "validation_error" }, undefined, { incomplete: true }],
    [lost, "succeeded", { paid: true }],
    [lost, "requires_payment_method", { declined: "No answer." }],
    [lost, undefined, { declined: "No answer." }],
    [declined, "requires_payment_method", { declined: "Your card was declined." }],
    [strange, "succeeded", { paid: true }], // another tab paid for this very order
    [strange, "canceled", { changed: true }], // another tab ordered anew
    [strange, "requires_action", { changed: true }], // another tab is at it
    [strange, undefined, { changed: true }],
  ]) assert.deepEqual(verdict(error, status && { status }), want, `${error?.code ?? error?.type} ${status}`);
});

test("one intention keeps one key", () => {
  const kept = new Map();
  const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) };
  let n = 0;
  const key = (body) => keyFor(storage, "hold", body, () => `key-${++n}`);
  assert.equal(key({ name: "Ada" }), "key-1");
  assert.equal(key({ name: "Ada" }), "key-1", "a retry or a reload");
  assert.equal(key({ name: "Eve" }), "key-2", "another order");
  assert.equal(key({ name: "Ada" }), "key-3", "the earlier one was replaced: its key is spent");
  kept.set("sd:attempt:hold", "{not json");
  assert.equal(key({ name: "Ada" }), "key-4");
});

test("details are checked as people make mistakes", () => {
  assert.deepEqual(faults({ name: "Ada", email: "ada@example.org" }), {});
  assert.deepEqual(Object.keys(faults({ name: "  ", email: "" })), ["name", "email"]);
  for (const email of ["ada", "ada@", "ada@example", "@example.org", "a da@example.org", "ada@example.org."]) {
    assert.deepEqual(Object.keys(faults({ name: "Ada", email })), ["email"], email);
  }
  assert.deepEqual([fieldOf("name"), fieldOf("seats[3].price_type"), fieldOf("hold_id")], ["name", 3, "seats"]);
});
