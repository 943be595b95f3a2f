// A new Wasm instance for every request, which is how syumai/workers serves:
// the same module, given its Site each time since nothing else outlives a
// request. The Site has one redirect and not 10,000, so that what is measured
// is the instance and not the loading.

import module from "../../../build/edge.wasm";
import { Instance } from "../../../edge/worker/instance.mjs";
import { applyChanges, decodePlan, encodeRequest } from "../../../edge/worker/wire.mjs";

let site;

export default {
  async fetch(request, env) {
    site ??= new TextEncoder().encode(env.SMALL_SITE);
    const instance = new Instance(module, env.HOP_KEY);
    const fault = instance.load(env.HOSTNAME, site, Date.now());
    if (fault) return new Response(fault, { status: 500 });
    const { head } = instance.decide(encodeRequest(request, "", ""), Date.now());
    const plan = decodePlan(head);
    if (plan.action === "respond") {
      const headers = new Headers();
      applyChanges(plan.lines, plan.responseAt, headers);
      return new Response(null, { status: plan.status, headers });
    }
    const headers = new Headers(request.headers);
    applyChanges(plan.lines, plan.requestAt, headers);
    const response = await fetch(plan.origin + plan.target, { method: request.method, headers, redirect: "manual" });
    const out = new Response(response.body, response);
    applyChanges(plan.lines, plan.responseAt, out.headers);
    return out;
  },
};
