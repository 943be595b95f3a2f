// Remembers which pools of the origin could not be reached of late. A pool is
// known by its address, so that brands which share one learn together; the
// memory is this isolate's, and starts empty.
//
// A pool that could not be reached is down for a while, a longer one each time,
// and is tried last meanwhile (edge/filter/origin.go). Then one request tries
// it: when that is answered the pool is back for everybody, and when not it is
// down again.

import { log } from "./log.mjs";

/** In every answer of the origin's own program; see edge/hop/answer.go. */
export const ANSWERED = "x-stagedoor-answered";

/** How long a pool is down the first time, before jitter. */
const FIRST_MS = 2_000;
/** How long at most. */
const LONGEST_MS = 30_000;
/** So many gateway errors in a row are a pool that is down. */
const STRIKES = 3;
/** After this a trial of which nothing was heard is over: its visitor left. */
const TRIAL_MS = 31_000;
/** Pools remembered, and bytes of the list of them that goes along with a request. */
const MAX_POOLS = 32;
const MAX_LIST = 2_000;

export class Health {
  /** @type {Map<string, { strikes: number, downs: number, until: number, trialUntil: number }>} */
  #pools = new Map();
  #random;

  /** @param {() => number} random in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /**
   * The pools that a request is to try last, comma-separated. A pool whose time
   * is up is not among them for a request that may try it.
   * @param {number} now Unix milliseconds
   * @param {boolean} mayTry whether it could go elsewhere if that fails
   */
  down(now, mayTry) {
    if (this.#pools.size === 0) return "";
    let list = "";
    for (const [origin, pool] of this.#pools) {
      if (pool.downs === 0) continue;
      if (mayTry && now >= pool.until && now >= pool.trialUntil) continue;
      if (list.length + origin.length < MAX_LIST) list += list === "" ? origin : `,${origin}`;
    }
    return list;
  }

  /**
   * Whether a request that was made with this list of pools to try last may go
   * to a pool. Only one may try a pool whose time is up.
   */
  admit(origin, down, now) {
    const pool = this.#pools.get(origin);
    if (pool === undefined || pool.downs === 0 || down.split(",").includes(origin)) return true;
    if (now < pool.trialUntil) return false; // another request was quicker
    pool.trialUntil = now + TRIAL_MS;
    return true;
  }

  /** Notes that a pool could not be reached. */
  unreachable(origin, now) {
    const pool = this.#pool(origin);
    pool.trialUntil = 0;
    pool.strikes = 0;
    if (pool.downs > 0 && now < pool.until) return; // requests that left together
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** pool.downs);
    pool.downs++;
    const ms = Math.round(longest * (0.5 + this.#random() / 2));
    pool.until = now + ms;
    log("WARN", "a pool is down and is tried last", { origin, for_ms: ms, times: pool.downs });
  }

  /** Notes that a pool did not answer in time. */
  late(origin, now) {
    this.#strike(origin, now);
  }

  /**
   * Notes an answer.
   * @param {Headers} headers as they came
   */
  answered(origin, status, headers, now) {
    if (status >= 502 && status <= 504 && !headers.has(ANSWERED)) {
      this.#strike(origin, now);
      return;
    }
    const pool = this.#pools.get(origin);
    if (pool === undefined) return;
    this.#pools.delete(origin);
    if (pool.downs > 0) log("INFO", "a pool is back", { origin });
  }

  /** One gateway error may be a request's fault; a row of them is the pool's. */
  #strike(origin, now) {
    const pool = this.#pool(origin);
    pool.strikes++;
    if (pool.downs > 0 || pool.strikes >= STRIKES) this.unreachable(origin, now);
  }

  #pool(origin) {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      if (this.#pools.size >= MAX_POOLS) this.#pools.delete(this.#pools.keys().next().value);
      pool = { strikes: 0, downs: 0, until: 0, trialUntil: 0 };
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}
