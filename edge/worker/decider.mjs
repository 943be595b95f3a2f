// Keeps one Wasm instance alive and asks it. Deciding has no side effects, so
// after a trap the same request is simply decided again, once, by a new
// instance; one that traps that too is given up on.

import { Instance } from "./instance.mjs";
import { log, messageOf } from "./log.mjs";
import { decodePlan, encodeRequest } from "./wire.mjs";

/** What the instance lacks for a request, a Site or a room's state, is fetched this often before giving up. */
const LOADS = 4;

const ONCE = { again: false };
const AGAIN = { again: true };

export class Decider {
  #module;
  #hopKey;
  #sites;
  #redirects;
  #rooms;
  #roomKeys;
  #instance;

  /**
   * @param {WebAssembly.Module} module
   * @param {string} hopKey
   * @param {import("./sites.mjs").Sites} sites
   * @param {import("./redirects.mjs").Redirects} redirects
   * @param {import("./rooms.mjs").Rooms} rooms
   * @param {string} roomKeys
   */
  constructor(module, hopKey, sites, redirects, rooms, roomKeys) {
    this.#module = module;
    this.#hopKey = hopKey;
    this.#sites = sites;
    this.#redirects = redirects;
    this.#rooms = rooms;
    this.#roomKeys = roomKeys;
  }

  /** The current instance, made when first asked for. */
  get instance() {
    this.#instance ??= new Instance(this.#module, this.#hopKey, this.#roomKeys);
    return this.#instance;
  }

  /** Gives up an instance that trapped: nothing in it can be relied on. */
  replace(error) {
    this.#instance = undefined;
    log("ERROR", "the edge instance trapped and was replaced", { error: messageOf(error) });
  }

  /**
   * Makes the plan for a request; null when even a new instance cannot. Only
   * where something has to be fetched first is it a promise: each of those
   * takes time, and hardly any request needs this one.
   * @param {Request} request
   * @param {ExecutionContext} ctx
   * @param {string} downPools
   * @param {string} failedPools
   * @param {ReturnType<typeof decodePlan> | null} before the plan for this request that could not be carried out, if there was one
   */
  plan(request, ctx, downPools, failedPools, before) {
    const text = encodeRequest(request, downPools, failedPools, before);
    const again = before === null ? ONCE : AGAIN;
    const plan = this.#decide(text, again);
    return plan !== null && plan.action === "load" ? this.#load(plan, text, again, ctx) : this.#settle(plan, ctx);
  }

  /** Fetches what a plan lacks until one lacks nothing. */
  async #load(plan, text, again, ctx) {
    for (let loads = 0; loads < LOADS; loads++) {
      if (plan.room !== "") {
        await this.#rooms.fetch(plan.room, this);
      } else {
        await this.#sites.fetch(plan.hostname, this);
        ctx.waitUntil(this.#redirects.fetch(plan.hostname, this));
      }
      plan = this.#decide(text, again);
      if (plan === null || plan.action !== "load") return this.#settle(plan, ctx);
    }
    return null;
  }

  /** Has done after the answer what a plan says is worth doing then. */
  #settle(plan, ctx) {
    if (plan?.refresh) ctx.waitUntil(this.#refresh(plan.hostname));
    if (plan?.room) this.#rooms.tell(plan.room, this, ctx);
    return plan;
  }

  async #refresh(hostname) {
    await this.#sites.fetch(hostname, this);
    await this.#redirects.fetch(hostname, this);
  }

  /** Decides, on a new instance if this one traps. */
  #decide(text, again) {
    for (let tries = 0; tries < 2; tries++) {
      try {
        const { head, bodyAt } = this.instance.decide(text, Date.now(), again);
        const plan = decodePlan(head);
        plan.body = plan.bodyLength > 0 ? this.instance.body(bodyAt, plan.bodyLength) : null;
        return plan;
      } catch (error) {
        this.replace(error);
      }
    }
    return null;
  }
}
