// How often redirects answered, with an origin that answers, refuses and is away.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Hits } from "../hits.mjs";

const KEY = "a hop key for tests, no secret";
let said;
let sent;
beforeEach(() => {
  said = [];
  sent = [];
  mock.method(console, "log", (line) => said.push(JSON.parse(line)));
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_795_255_200_000 });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function origin(...answers) {
  mock.method(globalThis, "fetch", async (url, init) => {
    sent.push({ url: String(url), headers: init.headers, batch: JSON.parse(init.body) });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return new Response(null, { status: answer });
  });
}

const won = (rule) => ({ action: "respond", reason: "redirect.rule", requestAt: 0, lines: ["1", "=X-Stagedoor-Rule", rule] });

function context() {
  const waiting = [];
  return {
    waiting,
    waitUntil: (promise) => waiting.push(promise),
    async settle() {
      let done = false;
      const all = Promise.all(waiting).then(() => { done = true; });
      while (!done) {
        mock.timers.tick(500);
        await setImmediate();
      }
      await all;
    },
  };
}

test("wins are added up and sent in one piece, signed as the origin expects", async () => {
  origin(204);
  const ctx = context();
  const hits = new Hits("https://origin.example", KEY);
  for (const rule of ["a", "b", "a", "a"]) hits.note(won(rule), Date.now(), ctx);
  assert.equal(ctx.waiting.length, 1, "one request sends for all");
  await ctx.settle();
  assert.equal(sent.length, 1);
  assert.equal(sent[0].url, "https://origin.example/edge/hits");
  assert.deepEqual(sent[0].batch.hits, { a: 3, b: 1 });
  const { "x-stagedoor-hop": hop, "x-stagedoor-site": site, "x-forwarded-host": host } = sent[0].headers;
  const seconds = /^t=(\d+),/.exec(hop)[1];
  const sum = createHmac("sha256", KEY).update(`${seconds}.POST./edge/hits.${site}.${host}`).digest("hex");
  assert.equal(hop, `t=${seconds},v1=${sum}`);
  assert.deepEqual([site, host], ["_ops", "origin.example"]);

  // The next one begins anew.
  const later = context();
  hits.note(won("c"), Date.now(), later);
  await later.settle();
  assert.deepEqual(sent[1].batch.hits, { c: 1 });
  assert.notEqual(sent[1].batch.id, sent[0].batch.id);
});

test("a batch is sent again under its ID, and given up without an origin", async () => {
  origin(new TypeError("refused"), 503, 204);
  const ctx = context();
  const hits = new Hits("https://origin.example", KEY);
  hits.note(won("a"), Date.now(), ctx);
  await ctx.settle();
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map((s) => s.batch.id)).size, 1);
  assert.deepEqual(said, []);

  mock.restoreAll();
  mock.method(console, "log", (line) => said.push(JSON.parse(line)));
  origin(new TypeError("refused"));
  const away = context();
  hits.note(won("a"), Date.now(), away);
  await away.settle();
  assert.equal(sent.length, 6);
  assert.match(said[0].msg, /were not counted/);
});

test("an answer that will stay the same is not asked for again", async () => {
  origin(403);
  const ctx = context();
  new Hits("https://origin.example", KEY).note(won("a"), Date.now(), ctx);
  await ctx.settle();
  assert.equal(sent.length, 1);
  assert.match(said[0].error, /403/);
});

test("nothing but a rule that answered is counted", async () => {
  origin(204);
  const ctx = context();
  const hits = new Hits("https://origin.example", KEY);
  hits.note({ ...won("a"), reason: "canonical.host" }, Date.now(), ctx);
  hits.note({ ...won("a"), action: "proxy" }, Date.now(), ctx);
  hits.note({ ...won("a"), lines: ["0"] }, Date.now(), ctx);
  new Hits(undefined, KEY).note(won("a"), Date.now(), ctx);
  new Hits("https://origin.example", "").note(won("a"), Date.now(), ctx);
  assert.equal(ctx.waiting.length, 0);
});

test("rules beyond what a batch holds are dropped, and that is said", async () => {
  origin(204);
  const ctx = context();
  const hits = new Hits("https://origin.example", KEY);
  for (let i = 0; i < 2003; i++) hits.note(won(`rule-${i}`), Date.now(), ctx);
  hits.note(won("rule-0"), Date.now(), ctx);
  await ctx.settle();
  assert.equal(Object.keys(sent[0].batch.hits).length, 2000);
  assert.equal(sent[0].batch.hits["rule-0"], 2);
  assert.deepEqual(said.map((line) => line.redirects), [3]);
});
