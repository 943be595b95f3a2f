// Adds requests to the counters that all isolates of a data centre share:
// Cloudflare's rate-limiting bindings, one for each class of routes, named
// LIMITER_PAGE and so on. It is done after the answer, so that nobody waits
// for it. When a counter says that its client is over the limit, the Wasm
// instance is told, and refuses that client until its period is over.
//
// A binding that is missing, fails or is slow lets everyone through.

import { log, messageOf } from "./log.mjs";
import { within } from "./within.mjs";

/** How long a counter may take, in milliseconds, before it counts as failed. */
const TIMEOUT_MS = 1000;

/** Complaints about counters are logged this often at most. */
const COMPLAINTS_MS = 60_000;

export class Limiter {
  #bindings;
  #instance;
  #clock;
  #complainedAt = -Infinity;
  #unsaid = 0;

  /**
   * @param {Record<string, unknown>} bindings the Worker's
   * @param {() => import("./instance.mjs").Instance} instance the current one
   * @param {() => number} [clock] Unix milliseconds
   */
  constructor(bindings, instance, clock = Date.now) {
    this.#bindings = bindings;
    this.#instance = instance;
    this.#clock = clock;
  }

  /**
   * Counts a request. It never rejects.
   * @param {string} count the counter's name, as a plan has it; it begins with the class of routes
   */
  async count(count) {
    const binding = `LIMITER_${count.slice(0, count.indexOf(" ")).toUpperCase()}`;
    try {
      const limiter = this.#bindings[binding];
      if (!limiter) throw new Error("it is not bound");
      const { success } = await within(TIMEOUT_MS, limiter.limit({ key: count }));
      if (success === false) this.#instance().exceeded(count, this.#clock());
    } catch (error) {
      this.#complain(binding, error);
    }
  }

  #complain(binding, error) {
    const now = this.#clock();
    if (now - this.#complainedAt < COMPLAINTS_MS) {
      this.#unsaid++;
      return;
    }
    log("WARN", "a shared rate limit was not counted, and the request went through", {
      binding, error: messageOf(error), not_logged: this.#unsaid,
    });
    this.#complainedAt = now;
    this.#unsaid = 0;
  }
}
