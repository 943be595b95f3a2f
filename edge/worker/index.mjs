// The Worker that meets every request, and the Durable Objects of its waiting
// rooms. One Edge, and in it one Wasm instance, lives as long as the isolate
// does.

import module from "../../build/edge.wasm";
import { Edge } from "./edge.mjs";

export { Gate } from "./gate.mjs";
export { Room } from "./room.mjs";

let edge;

export default {
  /** @returns {Promise<Response>} */
  fetch(request, env, ctx) {
    edge ??= new Edge(module, env);
    return edge.handle(request, ctx);
  },
};
