// The edge as it is deployed, with a door for measuring: POST answers with how
// much memory the Wasm instance has, and decides many times in one go.

import module from "../../../build/edge.wasm";
import { Edge } from "../../../edge/worker/edge.mjs";

let edge;

export default {
  fetch(request, env, ctx) {
    // Nothing is kept: the way to the origin is measured, and none of the
    // others looks whether there is a shorter one.
    edge ??= new Edge(module, env, null);
    if (request.method !== "POST") return edge.handle(request, ctx);
    return measure(request, edge.decider.instance);
  },
};

/** The clock stands still while a Worker computes: whoever asks has to measure. */
async function measure(request, instance) {
  const { texts = [], rounds = 0 } = await request.json();
  const now = Date.now();
  for (let round = 0; round < rounds; round++) {
    for (const text of texts) instance.decide(text, now);
  }
  return Response.json({ memory_bytes: instance.memoryBytes, allocated_bytes: instance.allocatedBytes });
}
