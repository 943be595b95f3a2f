// The Worker with faults that tests can switch on: never deployed, and run
// here only with --faults. GET /__faults?kv=down&trap=2 sets them.

import module from "../../build/edge.wasm";
import { Edge } from "../worker/edge.mjs";
import { Instance } from "../worker/instance.mjs";

const faults = { kv: "up", trap: 0 };
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

/** Makes decisions trap for real: the length they are called with is out of bounds. */
const decide = Instance.prototype.decide;
Instance.prototype.decide = function (text, now, options) {
  if (faults.trap > 0) {
    faults.trap--;
    this.exports.decide(0x7fffffff, 0, now);
  }
  return decide.call(this, text, now, options);
};

export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/__faults") {
      faults.kv = url.searchParams.get("kv") ?? "up";
      faults.trap = Number(url.searchParams.get("trap") ?? 0);
      return Response.json({ ...faults, memory_bytes: edge?.decider.instance.memoryBytes ?? 0 });
    }
    edge ??= new Edge(module, { ...env, SITES: faultyKV(env.SITES) });
    return edge.handle(request, ctx);
  },
};
