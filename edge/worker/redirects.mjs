// Fetches compiled redirect indexes from KV, by their sum, and hands them to
// the Wasm instance. Nobody waits for one: until it is there, a site keeps the
// index it had, or redirects nothing.

import { log, messageOf } from "./log.mjs";

/** A fetch that began longer ago is taken for lost, and the next one tries again. */
const LOST_MS = 15_000;

export class Redirects {
  #kv;
  #underWay = new Map();

  /** @param {KVNamespace} kv */
  constructor(kv) {
    this.#kv = kv;
  }

  /**
   * Fetches the index that the Site of a hostname names, if the instance is
   * without it. It never rejects; the next refresh of the Site tries again.
   * @param {string} hostname
   * @param {import("./decider.mjs").Decider} decider
   */
  async fetch(hostname, decider) {
    const sum = decider.instance.wantedRedirects(hostname, Date.now());
    if (sum === "" || Date.now() - this.#underWay.get(sum) < LOST_MS) return;
    this.#underWay.set(sum, Date.now());
    try {
      // No long cacheTtl: KV would keep the answer "not there yet" as long.
      const index = await this.#kv.get(`redirects:${sum}`, { type: "arrayBuffer" });
      if (index === null) throw new Error("it is not in KV");
      if (await sumOf(index) !== sum) throw new Error("it has another sum");
      const fault = this.#load(sum, new Uint8Array(index), decider);
      if (fault) throw new Error(fault);
      log("INFO", "the redirect index was loaded", { hostname, sum, bytes: index.byteLength });
    } catch (error) {
      log("WARN", "the redirect index could not be loaded; the one before, if any, stays in use", {
        hostname, sum, error: messageOf(error),
      });
    } finally {
      this.#underWay.delete(sum);
    }
  }

  #load(sum, index, decider) {
    try {
      return decider.instance.loadRedirects(sum, index);
    } catch (error) {
      decider.replace(error);
      return `it traps the instance: ${messageOf(error)}`;
    }
  }
}

/** The hex SHA-256 of some bytes. */
async function sumOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
