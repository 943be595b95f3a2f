// The Durable Objects of waiting rooms with faults that tests can switch on.
// room=down, slow or hangs is for coordinators and gate=... for gates; load=5
// lets each of them take on 5 reports a second; trap_room=2 traps the next two
// calls of their modules; rows=1 fails the next write of rows.

import { Core } from "../worker/core.mjs";
import { Gate as RealGate } from "../worker/gate.mjs";
import { Room as RealRoom } from "../worker/room.mjs";
import { Rows } from "../worker/rows.mjs";
import { Shed } from "../worker/shed.mjs";

/** How long one that is slow takes: longer than anybody waits for a first answer. */
const SLOW_MS = 2000;

export const faults = {
  room: "up", gate: "up", load: 0, trap: 0, rows: 0,

  /** @param {URLSearchParams} query what is not in it is well */
  set(query) {
    faults.room = query.get("room") ?? "up";
    faults.gate = query.get("gate") ?? "up";
    faults.load = Number(query.get("load") ?? 0);
    faults.trap = Number(query.get("trap_room") ?? 0);
    faults.rows = Number(query.get("rows") ?? 0);
  },
};

/** Is as an object is that is up, slow, down or hangs. */
async function injected(what) {
  switch (faults[what]) {
    case "slow":
      return new Promise((done) => setTimeout(done, SLOW_MS));
    case "hangs":
      return new Promise(() => {});
    case "down":
      throw new Error(`injected: the ${what} is down`);
  }
}

export class Room extends RealRoom {
  async fetch(request) {
    await injected("room");
    return super.fetch(request);
  }
}

export class Gate extends RealGate {
  async fetch(request) {
    await injected("gate");
    return super.fetch(request);
  }
}

const limited = new WeakMap();
const admit = Shed.prototype.admit;
Shed.prototype.admit = function (now) {
  if (faults.load === 0) return admit.call(this, now);
  let shed = limited.get(this);
  if (shed?.perSecond !== faults.load) limited.set(this, shed = { perSecond: faults.load, shed: new Shed(faults.load) });
  return admit.call(shed.shed, now);
};

/** Makes calls trap for real: the length they are called with is out of bounds. */
for (const name of ["report", "tick"]) {
  const original = Core.prototype[name];
  Core.prototype[name] = function (...args) {
    if (faults.trap > 0) {
      faults.trap--;
      this.exports.restore(0x7fffffff);
    }
    return original.apply(this, args);
  };
}

const put = Rows.prototype.put;
Rows.prototype.put = function (key, value) {
  if (faults.rows > 0) {
    faults.rows--;
    throw new Error("injected: the disk is full");
  }
  return put.call(this, key, value);
};

/** The messages that gates were sent last, by gate. */
const sent = new Map();

/** The gates, with what they are sent written down. */
export function recorded(gates) {
  return {
    idFromName: (name) => name,
    get(name) {
      const stub = gates.get(gates.idFromName(name));
      return {
        fetch(url, init) {
          const messages = sent.get(name) ?? [];
          messages.push(init.body);
          sent.set(name, messages.slice(-100));
          return stub.fetch(url, init);
        },
      };
    },
  };
}

/** Sends what a room's gates were sent before again, so many times, and counts how that was answered. */
export async function replay(gates, query) {
  const answers = {};
  const times = Number(query.get("times") ?? 1);
  for (const [name, messages] of sent) {
    if (!name.startsWith(`${query.get("room")}/`)) continue;
    for (let i = 0; i < times; i++) {
      await Promise.all(messages.map(async (body) => {
        const response = await gates.get(gates.idFromName(name)).fetch("http://gate/report", { method: "POST", body });
        await response.body?.cancel();
        answers[response.status] = (answers[response.status] ?? 0) + 1;
      }));
    }
  }
  return Response.json(answers);
}

/** Sends a gate a message that a test made, as an isolate of its own. */
export async function toGate(gates, name, request) {
  try {
    return await gates.get(gates.idFromName(name)).fetch("http://gate/report", { method: "POST", body: await request.arrayBuffer() });
  } catch (error) {
    return new Response(String(error), { status: 500 });
  }
}
