// Fetches what waiting rooms publish from KV and hands it to the Wasm
// instance, which decides how long it is good for (edge/chain/rooms.go).

import { log, messageOf } from "./log.mjs";
import { within } from "./within.mjs";

/** How long a request waits for a room's state before its fail mode counts. */
const PATIENCE_MS = 1500;

/** A fetch that began longer ago belongs to a request that the runtime has ended. */
const LOST_MS = PATIENCE_MS + 500;

export class Rooms {
  #kv;
  /** By room: the fetch under way, and when it began. */
  #underWay = new Map();

  /** @param {KVNamespace} kv */
  constructor(kv) {
    this.#kv = kv;
  }

  /**
   * Fetches the state of a room once, however many ask at the same time, and
   * tells the instance the outcome. It never rejects.
   * @param {string} room
   * @param {import("./decider.mjs").Decider} decider
   */
  async fetch(room, decider) {
    const other = this.#underWay.get(room);
    if (other !== undefined && Date.now() - other.since < LOST_MS) {
      return within(LOST_MS, other.settled).catch(() => {});
    }
    const own = { since: Date.now(), settled: this.#fetch(room, decider) };
    this.#underWay.set(room, own);
    await own.settled;
    if (this.#underWay.get(room) === own) this.#underWay.delete(room);
  }

  async #fetch(room, decider) {
    try {
      const state = await within(PATIENCE_MS, this.#kv.get(`room:${room}`, { type: "arrayBuffer" }));
      if (state === null) decider.instance.roomAbsent(room, Date.now());
      else this.#load(room, new Uint8Array(state), decider);
    } catch (error) {
      log("WARN", "the state of a waiting room could not be fetched", { room, error: messageOf(error) });
      decider.instance.roomKeep(room, Date.now());
    }
  }

  #load(room, state, decider) {
    let fault;
    try {
      fault = decider.instance.loadRoom(room, state, Date.now());
    } catch (error) {
      decider.replace(error);
      fault = `it traps the instance: ${messageOf(error)}`;
    }
    if (fault) log("ERROR", "the state of a waiting room cannot be used; the last good one stays in use", { room, error: fault });
  }
}
