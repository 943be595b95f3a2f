// Fetches Site documents from KV and hands them to the Wasm instance, which
// decides how long they are good for (edge/chain/directory.go). Here the last
// good document of each hostname is kept, so that neither an outage of KV nor
// a trapped instance loses a site.

import { log, messageOf } from "./log.mjs";

/** How long a request waits for KV before it makes do with what there is. */
const KV_TIMEOUT_MS = 1500;

export class Sites {
  #kv;
  #lastGood = new Map();
  #underWay = new Map();

  /** @param {KVNamespace} kv */
  constructor(kv) {
    this.#kv = kv;
  }

  /**
   * Fetches the Site of a hostname once, however many ask at the same time,
   * and calls tell with the outcome. It never rejects.
   * @param {string} hostname
   * @param {() => import("./instance.mjs").Instance} instance the current one, when the answer is there
   */
  fetch(hostname, instance) {
    let fetching = this.#underWay.get(hostname);
    if (!fetching) {
      fetching = this.#fetch(hostname, instance).finally(() => this.#underWay.delete(hostname));
      this.#underWay.set(hostname, fetching);
    }
    return fetching;
  }

  async #fetch(hostname, instance) {
    let document;
    try {
      document = await within(KV_TIMEOUT_MS, this.#kv.get(`site:${hostname}`, { type: "arrayBuffer" }));
    } catch (error) {
      log("WARN", "the site document could not be fetched; the last good one stays in use", {
        hostname, error: messageOf(error), has_last_good: this.#lastGood.has(hostname),
      });
      this.#restore(hostname, instance());
      return;
    }
    if (document === null) {
      this.#lastGood.delete(hostname);
      instance().absent(hostname, Date.now());
      return;
    }
    const bytes = new Uint8Array(document);
    const fault = instance().load(hostname, bytes, Date.now());
    if (fault) {
      log("ERROR", "the site document cannot be used; the last good one stays in use", { hostname, error: fault });
      this.#restore(hostname, instance());
      return;
    }
    this.#lastGood.set(hostname, bytes);
  }

  /** Gives the last good document to an instance that may be new. */
  #restore(hostname, instance) {
    const lastGood = this.#lastGood.get(hostname);
    if (lastGood) instance.load(hostname, lastGood, Date.now());
    else instance.keep(hostname, Date.now());
  }
}

/** Rejects when a promise has not settled in time. */
function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
