import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Rooms } from "../rooms.mjs";

console.log = () => {}; // the log lines of injected faults

/** An instance that writes down what it is told. */
class FakeInstance {
  told = [];
  due = true;
  fault = "";
  roomAsk(room) {
    return this.due ? { gate: `${room}/2`, message: new Uint8Array([1]) } : null;
  }
  roomAnswer(room, answer) {
    this.told.push(`answer ${answer}`);
    return this.fault;
  }
  loadRoom(room, state) {
    this.told.push(`load ${new TextDecoder().decode(state)}`);
    return "";
  }
  roomAbsent() { this.told.push("absent"); }
  roomKeep() { this.told.push("keep"); }
  roomRelease(room, cookies) {
    this.told.push(`release ${room}: ${cookies}`);
    return cookies.includes("pass") ? "pass=; Max-Age=0" : "";
  }
}

/** A gate that answers what it is given, and KV with one value. */
function setUp({ gate = () => new Response(new Uint8Array([7])), kv = null } = {}) {
  const instance = new FakeInstance();
  const decider = { instance, replaced: [], replace(error) { this.replaced.push(error); } };
  const asked = [];
  const gates = {
    idFromName: (name) => name,
    get: (name) => ({ fetch: async (url, init) => { asked.push(name); return gate(name, init); } }),
  };
  const reads = [];
  const store = {
    async get(key) {
      reads.push(key);
      if (kv instanceof Error) throw kv;
      return kv === null ? null : new TextEncoder().encode(kv).buffer;
    },
  };
  return { rooms: new Rooms(gates, store), instance, decider, asked, reads };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
});

/** Lets everything run that does not wait for a timer. */
const settle = async () => { for (let i = 0; i < 50; i++) await null; };

test("many requests wait for one answer", async () => {
  const { rooms, instance, decider, asked, reads } = setUp();
  await Promise.all(Array.from({ length: 20 }, () => rooms.fetch("r", decider)));
  assert.deepEqual([asked, reads, instance.told], [["r/2"], [], ["answer 7"]]);
});

const failures = {
  "is down": () => Promise.reject(new Error("injected")),
  "is overloaded": () => new Response(null, { status: 503, headers: { "retry-after": "3" } }),
};
for (const [name, gate] of Object.entries(failures)) {
  test(`a gate that ${name} is made up for by KV, and left alone for a while`, async () => {
    const { rooms, instance, decider, asked } = setUp({ gate, kv: "state" });
    await rooms.fetch("r", decider);
    await rooms.fetch("r", decider);
    assert.deepEqual([asked, instance.told], [["r/2"], ["load state", "load state"]]);
    mock.timers.tick(10_000);
    await rooms.fetch("r", decider);
    assert.equal(asked.length, 2);
  });
}

test("a gate that hangs is given up on", async () => {
  const { rooms, instance, decider } = setUp({ gate: () => new Promise(() => {}), kv: "state" });
  const done = rooms.fetch("r", decider);
  await settle();
  mock.timers.tick(1500);
  await done;
  assert.deepEqual(instance.told, ["load state"]);
});

test("without a gate and without KV the room is as it was, or has no state", async () => {
  const away = setUp({ gate: failures["is down"], kv: new Error("injected") });
  await away.rooms.fetch("r", away.decider);
  assert.deepEqual(away.instance.told, ["keep"]);
  const none = setUp({ gate: failures["is down"] });
  await none.rooms.fetch("r", none.decider);
  assert.deepEqual(none.instance.told, ["absent"]);
});

test("an answer that cannot be used is made up for too", async () => {
  const { rooms, instance, decider } = setUp({ kv: "state" });
  instance.fault = "malformed";
  await rooms.fetch("r", decider);
  assert.deepEqual(instance.told, ["answer 7", "load state"]);
});

test("an instance that traps is replaced", async () => {
  const { rooms, instance, decider } = setUp();
  instance.roomAsk = () => { throw new WebAssembly.RuntimeError("unreachable"); };
  await rooms.fetch("r", decider);
  assert.equal(decider.replaced.length, 1);
});

test("what is counted is told once a second, whoever counts it, and nothing is left untold", async () => {
  const { rooms, decider, asked } = setUp();
  const told = [];
  const ctx = { waitUntil: (promise) => told.push(promise) };
  rooms.tell("r", decider, ctx);
  await settle();
  assert.equal(asked.length, 1);
  for (let i = 0; i < 100; i++) rooms.tell("r", decider, ctx);
  await settle();
  assert.equal(asked.length, 1, "not within the same second");
  mock.timers.tick(1000);
  await settle();
  assert.equal(asked.length, 2);
  mock.timers.tick(10_000);
  await settle();
  assert.equal(asked.length, 2, "and not again for nothing");
  await Promise.all(told);
  assert.equal(told.length, 2, "one request of many tells it for all");
});

test("what is counted while a question is under way is told with the next", async () => {
  let answer;
  const { rooms, decider, asked } = setUp({ gate: () => new Promise((done) => { answer = done; }) });
  rooms.tell("r", decider, { waitUntil() {} });
  await settle();
  rooms.tell("r", decider, { waitUntil() {} });
  answer(new Response(new Uint8Array([7])));
  await settle();
  mock.timers.tick(1000);
  await settle();
  assert.equal(asked.length, 2);
});

test("what a waiting request's question came too early for is told with the next", async () => {
  const answers = [];
  const { rooms, decider, asked } = setUp({ gate: () => new Promise((done) => answers.push(done)) });
  rooms.fetch("r", decider);
  await settle();
  rooms.tell("r", decider, { waitUntil() {} });
  mock.timers.tick(1000);
  await settle();
  assert.equal(asked.length, 1, "one question at a time");
  answers[0](new Response(new Uint8Array([7])));
  await settle();
  mock.timers.tick(1000);
  await settle();
  assert.equal(asked.length, 2);
});

test("what a gate did not take is told again, for a while", async () => {
  let down = true;
  const { rooms, decider, asked } = setUp({ gate: () => (down ? Promise.reject(new Error("injected")) : new Response(new Uint8Array([7]))) });
  rooms.tell("r", decider, { waitUntil() {} });
  await settle();
  assert.equal(asked.length, 1);
  down = false;
  for (let i = 0; i < 20; i++) {
    mock.timers.tick(1000);
    await settle();
  }
  assert.equal(asked.length, 2, "until it is taken");
});

test("a request that the runtime ended while it told others' counts is replaced", async () => {
  const { rooms, decider, asked } = setUp({ gate: () => new Promise(() => {}) });
  rooms.tell("r", decider, { waitUntil() {} });
  await settle();
  mock.timers.setTime(1_000_000 + 20_000); // its timers never went off
  rooms.tell("r", decider, { waitUntil() {} });
  await settle();
  assert.equal(asked.length, 2);
});

test("the origin's word that an order is done takes the pass away and goes no further", async () => {
  const { rooms, instance, decider } = setUp();
  const plan = { lines: ["1", "+set-cookie", "pass=new"], responseAt: 0 };
  const waiting = [];
  const answered = (cookie, room) => {
    const response = new Response("", { headers: room ? { "stagedoor-room-release": room } : {} });
    rooms.release(new Request("http://x/", { headers: { cookie } }), plan, response, decider, { waitUntil: (p) => waiting.push(p) });
    return response.headers;
  };
  const headers = answered("a=b", "r");
  assert.equal(headers.has("stagedoor-room-release"), false);
  assert.deepEqual(headers.getSetCookie(), ["pass=; Max-Age=0"]);
  assert.deepEqual(instance.told, ["release r: pass=new; a=b"]);
  assert.equal(waiting.length, 1);
  answered("a=b", "");
  assert.equal(instance.told.length, 1);
});
