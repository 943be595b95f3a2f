// The Worker with faults that tests can switch on: never deployed, and run
// here only with --faults. GET /__faults?kv=down&trap=2&health=5000 sets them:
// KV fails, two decisions trap, and the clock by which pools are down stands
// at 5000 ms. limiter=down, hangs or refuses is for the shared counters,
// cache=down or hangs for what is kept. Those of waiting rooms are in
// faultyrooms.mjs.

import module from "../../build/edge.wasm";
import { Edge } from "../worker/edge.mjs";
import { Health } from "../worker/health.mjs";
import { Instance } from "../worker/instance.mjs";
import { faults as roomFaults, recorded, replay, toGate } from "./faultyrooms.mjs";

export { Gate, Room } from "./faultyrooms.mjs";

const faults = { kv: "up", trap: 0, trapLoad: "", health: 0, limiter: "up", cache: "up" };
let edge;

/** KV that fails or hangs when told to. */
function faultyKV(kv) {
  return {
    get(key, options) {
      if (faults.kv === "down") return Promise.reject(new Error("injected: KV is down"));
      if (faults.kv === "hangs") return new Promise(() => {});
      return kv.get(key, options);
    },
  };
}

/** The shared counters, which fail, hang or refuse when told to. */
function faultyLimiters(env) {
  const names = Object.keys(env).filter((name) => name.startsWith("LIMITER_"));
  return Object.fromEntries(names.map((name) => [name, {
    limit(options) {
      if (faults.limiter === "down") return Promise.reject(new Error("injected: the counter is down"));
      if (faults.limiter === "hangs") return new Promise(() => {});
      if (faults.limiter === "refuses") return Promise.resolve({ success: false });
      return env[name].limit(options);
    },
  }]));
}

/** The cache of shared answers, which fails or hangs when told to. */
const store = Object.fromEntries(["match", "put"].map((name) => [name, (...args) => {
  if (faults.cache === "down") return Promise.reject(new Error("injected: the cache is down"));
  if (faults.cache === "hangs") return new Promise(() => {});
  return caches.default[name](...args);
}]));

/** Makes decisions trap for real: the length they are called with is out of bounds. */
const decide = Instance.prototype.decide;
Instance.prototype.decide = function (text, now, options) {
  if (faults.trap > 0) {
    faults.trap--;
    this.exports.decide(0x7fffffff, 0, now);
  }
  return decide.call(this, text, now, options);
};

/**
 * The same when the next document is loaded that has a word in it: not just
 * any next one, for sites are fetched anew all the time.
 */
const load = Instance.prototype.load;
Instance.prototype.load = function (hostname, bytes, ...more) {
  if (faults.trapLoad !== "" && new TextDecoder().decode(bytes).includes(faults.trapLoad)) {
    faults.trapLoad = "";
    this.exports.load(0x7fffffff, 0, 0);
  }
  return load.call(this, hostname, bytes, ...more);
};

/** Pools are down by a clock that tests set; 0 is the real one. Its position among the arguments is given. */
for (const [name, at] of [["down", 0], ["admit", 2], ["unreachable", 1], ["late", 1], ["answered", 3]]) {
  const original = Health.prototype[name];
  Health.prototype[name] = function (...args) {
    if (faults.health !== 0) args[at] = faults.health;
    return original.apply(this, args);
  };
}

export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/__faults") {
      faults.kv = url.searchParams.get("kv") ?? "up";
      faults.trap = Number(url.searchParams.get("trap") ?? 0);
      faults.trapLoad = url.searchParams.get("trap_load") ?? "";
      faults.health = Number(url.searchParams.get("health") ?? 0);
      faults.limiter = url.searchParams.get("limiter") ?? "up";
      faults.cache = url.searchParams.get("cache") ?? "up";
      roomFaults.set(url.searchParams);
      return Response.json({ ...faults, memory_bytes: edge?.decider.instance.memoryBytes ?? 0 });
    }
    if (url.pathname === "/__faults/reports") return replay(env.GATES, url.searchParams);
    if (url.pathname === "/__faults/gate") return toGate(env.GATES, url.searchParams.get("name"), request);
    edge ??= new Edge(module, { ...env, ...faultyLimiters(env), SITES: faultyKV(env.SITES), GATES: recorded(env.GATES) }, store);
    return edge.handle(request, ctx);
  },
};
