// Carries out what the Wasm instance plans: answer, show what is kept, or send
// to the origin, and to another pool of it when one cannot be reached.

import { Cache } from "./cache.mjs";
import { Decider } from "./decider.mjs";
import { Epochs } from "./epochs.mjs";
import { Health } from "./health.mjs";
import { Hits } from "./hits.mjs";
import { Limiter } from "./limiter.mjs";
import { log, messageOf } from "./log.mjs";
import { BROKEN, proxy, TIMED_OUT, TOO_LARGE } from "./proxy.mjs";
import { Redirects } from "./redirects.mjs";
import { Rooms } from "./rooms.mjs";
import { Sites } from "./sites.mjs";
import { Spans } from "./spans.mjs";
import { applyChanges } from "./wire.mjs";

/** No brand has more than 16 pools (edge/site); each may be taken for a trial by another request first. */
const MAX_TRIES = 33;

export class Edge {
  #cache;
  #decider;
  #epochs = new Epochs();
  #health = new Health();
  #hits;
  #limiter;
  #rooms;
  #spans;

  /**
   * @param {WebAssembly.Module} module
   * @param {{ SITES: KVNamespace, HOP_KEY: string, ROOM_KEYS?: string, GATES?: DurableObjectNamespace, ORIGIN_URL?: string, OTLP_ENDPOINT?: string }} env
   * @param {ConstructorParameters<typeof Cache>[0]} [store] what shared answers are kept in; null: nothing is kept
   */
  constructor(module, env, store = caches.default) {
    this.#cache = new Cache(store);
    this.#spans = new Spans(env.OTLP_ENDPOINT);
    this.#hits = new Hits(env.ORIGIN_URL, env.HOP_KEY);
    this.#rooms = new Rooms(env.GATES, env.SITES);
    this.#decider = new Decider(
      module, env.HOP_KEY ?? "", new Sites(env.SITES, this.#epochs), new Redirects(env.SITES), this.#rooms, env.ROOM_KEYS ?? "",
    );
    this.#limiter = new Limiter(env, () => this.#decider.instance);
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
    const began = Date.now();
    const trip = { plan: null, count: "" };
    let response;
    try {
      response = await this.#handle(request, ctx, trip);
    } catch (error) {
      log("ERROR", "the edge failed", { error: messageOf(error) });
      response = plain(503, "This page cannot be shown right now. Please try again in a minute.\n", { "retry-after": "30" });
    }
    if (trip.count !== "") this.#limiter.add(trip.count, ctx);
    if (trip.plan !== null) {
      this.#hits.note(trip.plan, began, ctx);
      this.#spans.note(request, trip.plan, response.status, began, ctx);
    }
    return response;
  }

  /** Answers, and leaves the last plan in trip, and the counter that the first one named. */
  async #handle(request, ctx, trip) {
    // Only what is safe to send twice goes to another pool, or is the one to
    // find out whether a pool is back: a request that changes something may
    // have arrived before the connection broke.
    const isRead = request.method === "GET" || request.method === "HEAD";
    let failedPools = "";
    let isLookedUp = false;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const downPools = this.#health.down(Date.now(), isRead);
      let plan = this.#decider.plan(request, ctx, downPools, failedPools, trip.plan);
      if (plan instanceof Promise) plan = await plan;
      if (plan === null) throw new Error("no plan could be made");
      trip.plan = plan;
      trip.count ||= plan.count;
      if (plan.action === "respond") return answer(request, plan);
      plan.cacheKey = this.#epochs.keyOf(plan);

      if (!isLookedUp && this.#cache.mayHave(plan)) {
        isLookedUp = true;
        const kept = await this.#cache.find(request, plan);
        if (kept !== null) {
          const fetch = () => proxy(request, plan, ctx, this.#health, this.#cache);
          if (!kept.isFresh) this.#cache.renew(plan, request.method, fetch, ctx);
          return kept.response;
        }
      }
      if (!this.#health.admit(plan.origin, downPools, Date.now())) continue;

      const outcome = await proxy(request, plan, ctx, this.#health, this.#cache);
      if (outcome instanceof Response) {
        this.#rooms.release(request, plan, outcome, this.#decider, ctx);
        return outcome;
      }
      if (outcome === TOO_LARGE) return tooLarge(request);
      if (outcome === BROKEN) return plain(400, "The body of this request is malformed or broke off.\n");

      const again = outcome !== TIMED_OUT && isRead;
      failedPools = !again ? "*" : failedPools === "" ? plan.pool : `${failedPools},${plan.pool}`;
    }
    throw new Error("every pool was tried");
  }
}

/** The response a plan spells out. */
function answer(request, plan) {
  const isHead = request.method === "HEAD";
  const response = new Response(isHead ? null : plan.body, { status: plan.status });
  applyChanges(plan.lines, plan.responseAt, response.headers); // Headers of our own would be copied
  if (isHead) response.headers.set("content-length", String(plan.bodyLength));
  return response;
}

// The same as edge/engine/bounds.go says of a body that announces its length.
const BODY_PROBLEM = `${JSON.stringify({
  type: "/api/docs#body_too_large", title: "The body is too large", status: 413, code: "body_too_large", detail: "That is more than we can take in one request.",
})}\n`;

function tooLarge(request) {
  if (new URL(request.url).pathname.startsWith("/api/")) return plain(413, BODY_PROBLEM, { "content-type": "application/problem+json" });
  return plain(413, "The body of this request is too large.\n");
}

function plain(status, text, more) {
  return new Response(text, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", ...more },
  });
}
