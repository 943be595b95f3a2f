// The Worker's spans, with a collector that answers, refuses and hangs.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Spans } from "../spans.mjs";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "1111111111111111";
const PARENT = "00f067aa0ba902b7";

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

function collector(answer) {
  mock.method(globalThis, "fetch", async (url, init) => {
    sent.push({ url, spans: JSON.parse(init.body).resourceSpans[0].scopeSpans[0].spans });
    return answer(init);
  });
}

function planOf(traceparent, more = {}) {
  return { hostname: "lyceum.example", reason: "headers.added", pool: "main", requestAt: 0, lines: ["2", "=traceparent", traceparent, "=X-Stagedoor-Site", "lyceum"], ...more };
}

/** A context, and a way to let time pass until all it waits for is done. */
function context() {
  const waiting = [];
  return {
    waiting,
    waitUntil: (promise) => waiting.push(promise),
    async settle() {
      for (let i = 0; i < 50; i++) {
        mock.timers.tick(500);
        for (let j = 0; j < 10; j++) await Promise.resolve();
      }
      await Promise.all(waiting);
    },
  };
}

const request = (headers = {}) => new Request("https://lyceum.example/orders/7?key=secret", { headers });
const ok = () => new Response("{}");

test("a span has the IDs that the origin gets, the visitor's as its parent, and no query", async () => {
  collector(ok);
  const ctx = context();
  const spans = new Spans("http://collector:4318/");
  spans.note(request({ traceparent: `00-${TRACE}-${PARENT}-01` }), planOf(`00-${TRACE}-${SPAN}-01`), 503, Date.now() - 7, ctx);
  await ctx.settle();
  assert.equal(sent.length, 1);
  assert.equal(sent[0].url, "http://collector:4318/v1/traces");
  const [span] = sent[0].spans;
  assert.equal(span.traceId, TRACE);
  assert.equal(span.spanId, SPAN);
  assert.equal(span.parentSpanId, PARENT);
  assert.equal(span.name, "edge GET");
  assert.equal(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano), 7_000_000n);
  assert.equal(span.status.code, 2);
  const attributes = Object.fromEntries(span.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
  assert.deepEqual(attributes, {
    "http.request.method": "GET", "http.response.status_code": 503, "server.address": "lyceum.example", "url.path": "/orders/7",
    "stagedoor.site": "lyceum", "stagedoor.reason": "headers.added", "stagedoor.pool": "main",
  });
});

test("a trace of the edge's own has no parent, whatever the visitor sent", async () => {
  collector(ok);
  const ctx = context();
  new Spans("http://collector:4318").note(request({ traceparent: "00-nonsense" }), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  await ctx.settle();
  assert.equal(sent[0].spans[0].parentSpanId, undefined);
});

test("nothing is recorded of a trace that is not sampled, of a request without one, or without a collector", async () => {
  collector(ok);
  const ctx = context();
  new Spans("http://collector:4318").note(request(), planOf(`00-${TRACE}-${SPAN}-00`), 200, Date.now(), ctx);
  new Spans("http://collector:4318").note(request(), { ...planOf(""), lines: ["0"] }, 400, Date.now(), ctx);
  for (const endpoint of [undefined, ""]) new Spans(endpoint).note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  assert.equal(ctx.waiting.length, 0);
});

test("spans are gathered, and those that come meanwhile are sent too", async () => {
  let more = 3;
  const ctx = context();
  const spans = new Spans("http://collector:4318");
  const note = () => spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  collector(() => {
    if (more-- > 0) note();
    return ok();
  });
  for (let i = 0; i < 100; i++) note();
  await ctx.settle();
  assert.deepEqual(sent.map((each) => each.spans.length), [100, 1, 1, 1]);
  assert.equal(ctx.waiting.length, 1, "one request sends for all");
});

test("a collector that hangs costs spans, which are counted, and no memory", async () => {
  let release;
  collector(() => new Promise((done) => { release = () => done(ok()); }));
  const ctx = context();
  const spans = new Spans("http://collector:4318");
  const note = () => spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  note();
  mock.timers.tick(500);
  for (let j = 0; j < 10; j++) await Promise.resolve();
  for (let i = 0; i < 10_000; i++) note();
  release();
  for (let i = 0; i < 4; i++) {
    mock.timers.tick(500);
    for (let j = 0; j < 10; j++) await Promise.resolve();
    release();
  }
  await ctx.settle();
  assert.deepEqual(sent.map((each) => each.spans.length), [1, 512]);
  assert.equal(said.find((line) => line.spans)?.spans, 10_000 - 512);
});

test("a collector that refuses or is away is said, and tried again by the next request", async () => {
  for (const answer of [() => new Response("no", { status: 503 }), () => { throw new Error("refused"); }]) {
    sent = [];
    collector(answer);
    const ctx = context();
    const spans = new Spans("http://collector:4318");
    for (let i = 0; i < 2; i++) {
      spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
      await ctx.settle();
    }
    assert.equal(sent.length, 2);
    mock.restoreAll();
    mock.method(console, "log", (line) => said.push(JSON.parse(line)));
  }
  assert.equal(said.filter((line) => line.msg === "spans could not be sent and are lost").length, 4);
});

test("a request that the runtime ended while it was to send is replaced", async () => {
  collector(ok);
  const lost = { waitUntil() {} }; // its timers never ring
  const spans = new Spans("http://collector:4318");
  mock.method(globalThis, "setTimeout", () => 0);
  spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), lost);
  globalThis.setTimeout.mock.restore();
  const ctx = context();
  spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  assert.equal(ctx.waiting.length, 0);
  mock.timers.tick(10_000);
  spans.note(request(), planOf(`00-${TRACE}-${SPAN}-01`), 200, Date.now(), ctx);
  await ctx.settle();
  assert.deepEqual(sent.map((each) => each.spans.length), [3]);
});
