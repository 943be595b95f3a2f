// The Worker that meets every request. One Edge, and in it one Wasm instance,
// lives as long as the isolate does.

import module from "../../build/edge.wasm";
import { Edge } from "./edge.mjs";

let edge;

export default {
  /** @returns {Promise<Response>} */
  fetch(request, env, ctx) {
    edge ??= new Edge(module, env);
    return edge.handle(request, ctx);
  },
};
