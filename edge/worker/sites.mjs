// Fetches Site documents from KV and hands them to the Wasm instance, which
// decides how long they are good for (edge/chain/directory.go). Here the last
// good document of each hostname is kept, so that neither an outage of KV nor
// a trapped instance loses a site.

import { Epochs } from "./epochs.mjs";
import { log, messageOf } from "./log.mjs";
import { within } from "./within.mjs";

/** How long a request waits for KV before it makes do with what there is. */
const KV_TIMEOUT_MS = 1500;

/**
 * A fetch that began longer ago belongs to a request that the runtime has
 * ended, because its visitor left, and will never settle.
 */
const LOST_MS = KV_TIMEOUT_MS + 500;

export class Sites {
  #kv;
  #epochs;
  #lastGood = new Map();
  #underWay = new Map();
  /** Documents that trapped an instance, by hostname; they are not tried again. */
  #trapped = new Map();

  /**
   * @param {KVNamespace} kv
   * @param {Epochs} [epochs] is told of each document that comes into use
   */
  constructor(kv, epochs = new Epochs()) {
    this.#kv = kv;
    this.#epochs = epochs;
  }

  /**
   * Fetches the Site of a hostname once, however many ask at the same time,
   * and tells the instance the outcome. It never rejects, and settles whatever
   * becomes of the request that asked first.
   * @param {string} hostname
   * @param {import("./decider.mjs").Decider} decider
   */
  async fetch(hostname, decider) {
    const other = this.#underWay.get(hostname);
    if (other !== undefined && Date.now() - other.since < LOST_MS) {
      try {
        return await within(LOST_MS, other.settled);
      } catch {
        // Its request is gone. This one fetches for itself.
      }
    }
    const own = { since: Date.now(), settled: this.#fetch(hostname, decider) };
    this.#underWay.set(hostname, own);
    await own.settled;
    if (this.#underWay.get(hostname) === own) this.#underWay.delete(hostname);
  }

  async #fetch(hostname, decider) {
    let document;
    try {
      document = await within(KV_TIMEOUT_MS, this.#kv.get(`site:${hostname}`, { type: "arrayBuffer" }));
    } catch (error) {
      log("WARN", "the site document could not be fetched; the last good one stays in use", {
        hostname, error: messageOf(error), has_last_good: this.#lastGood.has(hostname),
      });
      this.#restore(hostname, decider);
      return;
    }
    if (document === null) {
      this.#lastGood.delete(hostname);
      this.#epochs.forget(hostname);
      decider.instance.absent(hostname, Date.now());
      return;
    }
    const bytes = new Uint8Array(document);
    const fault = this.#load(hostname, bytes, decider);
    if (fault) {
      log("ERROR", "the site document cannot be used; the last good one stays in use", { hostname, error: fault });
      this.#restore(hostname, decider);
      return;
    }
    this.#trapped.delete(hostname);
    this.#lastGood.set(hostname, bytes);
    this.#epochs.learn(hostname, bytes);
  }

  /** Loads a document and returns what was wrong with it. */
  #load(hostname, bytes, decider) {
    if (same(bytes, this.#trapped.get(hostname))) return "it trapped the instance before";
    try {
      return decider.instance.load(hostname, bytes, Date.now());
    } catch (error) {
      decider.replace(error);
      this.#trapped.set(hostname, bytes);
      return `it traps the instance: ${messageOf(error)}`;
    }
  }

  /** Gives the last good document to an instance that may be new. */
  #restore(hostname, decider) {
    const lastGood = this.#lastGood.get(hostname);
    if (lastGood && this.#load(hostname, lastGood, decider) === "") return;
    decider.instance.keep(hostname, Date.now());
  }
}

function same(a, b) {
  return b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
