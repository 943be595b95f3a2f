// Adds requests to the counters that all isolates of a data centre share:
// Cloudflare's rate-limiting bindings, one for each class of routes, named
// LIMITER_PAGE and so on. It is done after the answer, so that nobody waits
// for it, and for the requests of some milliseconds together: what each of them
// would set up takes longer than counting it. When a counter says that its client is over the limit, the Wasm
// instance is told, and refuses that client until its period is over.
//
// A binding that is missing, fails or is slow lets everyone through.

import { log, messageOf } from "./log.mjs";
import { within } from "./within.mjs";

/** How long a counter may take, in milliseconds, before it counts as failed. */
const TIMEOUT_MS = 1000;

/** For how long requests are gathered. */
const GATHER_MS = 20;

/** Requests that wait; what comes beyond goes uncounted. */
const MAX_WAITING = 10_000;

/** Whose request the runtime has ended gathers no more; after this another one does. */
const LOST_MS = GATHER_MS + TIMEOUT_MS;

/** Complaints about counters are logged this often at most. */
const COMPLAINTS_MS = 60_000;

export class Limiter {
  #bindings;
  #instance;
  #clock;
  #complainedAt = -Infinity;
  #unsaid = 0;
  #waiting = [];
  #gatheringSince = -Infinity;

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
   * Has a request counted before long. It never throws.
   * @param {string} count the counter's name, as a plan has it; it begins with the class of routes
   * @param {ExecutionContext} ctx
   */
  add(count, ctx) {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(count);
    else this.#complain("all", new Error("too many requests wait to be counted"));
    const now = this.#clock();
    if (now - this.#gatheringSince < LOST_MS) return;
    this.#gatheringSince = now;
    ctx.waitUntil(this.#gather());
  }

  async #gather() {
    await new Promise((done) => setTimeout(done, GATHER_MS));
    const counts = this.#waiting;
    this.#waiting = [];
    this.#gatheringSince = -Infinity;
    await this.count(...counts);
  }

  /**
   * Counts requests. It never rejects.
   * @param {string[]} counts the counters' names
   */
  async count(...counts) {
    // One wait for all of them: with one each, waiting takes longer than counting.
    const round = { isOver: false, settled: [] };
    try {
      await within(TIMEOUT_MS, Promise.all(counts.map((count, i) => this.#count(count, i, round))));
    } catch (error) {
      round.isOver = true;
      counts.forEach((count, i) => {
        if (!round.settled[i]) this.#complain(bindingOf(count), error);
      });
    }
  }

  /** Counts the request at i of a round; what comes after that is over is no verdict. */
  async #count(count, i, round) {
    const binding = bindingOf(count);
    try {
      const limiter = this.#bindings[binding];
      if (!limiter) throw new Error("it is not bound");
      const { success } = await limiter.limit({ key: count });
      if (success === false && !round.isOver) this.#instance().exceeded(count, this.#clock());
    } catch (error) {
      if (!round.isOver) this.#complain(binding, error);
    }
    round.settled[i] = true;
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

/** The binding for the class of routes that a counter's name begins with. */
function bindingOf(count) {
  return `LIMITER_${count.slice(0, count.indexOf(" ")).toUpperCase()}`;
}
