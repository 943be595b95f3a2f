// Carries out what the Wasm instance plans: answer, or send to the origin, and
// to another pool of it when one cannot be reached.

import { Decider } from "./decider.mjs";
import { log, messageOf } from "./log.mjs";
import { proxy, TIMED_OUT, TOO_LARGE } from "./proxy.mjs";
import { Sites } from "./sites.mjs";
import { applyChanges } from "./wire.mjs";

/** No brand has more pools than this (edge/site). */
const MAX_TRIES = 17;

export class Edge {
  #decider;

  /**
   * @param {WebAssembly.Module} module
   * @param {{ SITES: KVNamespace, HOP_KEY: string }} env
   */
  constructor(module, env) {
    this.#decider = new Decider(module, env.HOP_KEY ?? "", new Sites(env.SITES));
  }

  /** For fault injection and measurements; see edge/local. */
  get decider() {
    return this.#decider;
  }

  /**
   * @param {Request} request
   * @param {ExecutionContext} ctx
   */
  async handle(request, ctx) {
    try {
      return await this.#handle(request, ctx);
    } catch (error) {
      log("ERROR", "the edge failed", { error: messageOf(error) });
      return plain(503, "This page cannot be shown right now. Please try again in a minute.\n", { "retry-after": "30" });
    }
  }

  async #handle(request, ctx) {
    let failedPools = "";
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const plan = await this.#decider.plan(request, ctx, failedPools);
      if (plan === null) throw new Error("no plan could be made");
      if (plan.action === "respond") return answer(request, plan);

      const outcome = await proxy(request, plan, ctx);
      if (outcome instanceof Response) return outcome;
      if (outcome === TOO_LARGE) return plain(413, "The body of this request is too large.\n");

      // Only what is safe to send twice goes to another pool: a request that
      // changes something may have arrived before the connection broke.
      const again = outcome !== TIMED_OUT && (request.method === "GET" || request.method === "HEAD");
      failedPools = !again ? "*" : failedPools === "" ? plan.pool : `${failedPools},${plan.pool}`;
    }
    throw new Error("every pool was tried");
  }
}

/** The response a plan spells out. */
function answer(request, plan) {
  const headers = new Headers();
  applyChanges(plan.lines, plan.responseAt, headers);
  if (request.method === "HEAD") headers.set("content-length", String(plan.bodyLength));
  const body = request.method === "HEAD" ? null : plan.body;
  return new Response(body, { status: plan.status, headers });
}

function plain(status, text, more) {
  return new Response(text, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", ...more },
  });
}
