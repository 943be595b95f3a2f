// The edge as it is deployed, with its Durable Objects, and a door for
// measuring: it tells the coordinator what to do, and how often the edge has
// called a Durable Object.

import module from "../../../build/edge.wasm";
import { Edge } from "../../../edge/worker/edge.mjs";

export { Gate } from "../../../edge/worker/gate.mjs";
export { Room } from "../../../edge/worker/room.mjs";

let edge;
let calls = 0;

/** A namespace whose objects' calls are counted. */
function counted(namespace) {
  return {
    idFromName: (name) => namespace.idFromName(name),
    get(id) {
      const stub = namespace.get(id);
      return { fetch: (...request) => { calls++; return stub.fetch(...request); } };
    },
  };
}

export default {
  fetch(request, env, ctx) {
    if (request.url.startsWith("http://door/")) {
      const url = new URL(request.url);
      if (url.pathname === "/calls") return Response.json({ calls });
      const [, room, action] = url.pathname.split("/");
      return env.ROOMS.get(env.ROOMS.idFromName(room)).fetch(new Request(`http://room/${action}`, request));
    }
    edge ??= new Edge(module, { ...env, GATES: counted(env.GATES) });
    return edge.handle(request, ctx);
  },
};
