// Keeps the Wasm instance in touch with the waiting rooms: what it counted for
// a room goes to one of the room's gates, a Durable Object, at most once a
// second, and what the gate answers is all that polls need. Nobody waits for
// that but a request that cannot be decided without.
//
// When the gate does not answer, the room's state is taken from KV, where its
// coordinator leaves it now and then. What was counted is kept meanwhile, and
// told when the gate is back. When KV has nothing either the room does what its
// fail mode says (edge/chain/rooms.go).

import { Backoff, Refused } from "./backoff.mjs";
import { log, messageOf } from "./log.mjs";
import { plannedCookies } from "./wire.mjs";
import { within } from "./within.mjs";

/** The origin's word, in an answer, that its visitor needs the pass for a room no more. */
const RELEASE = "stagedoor-room-release";

/** How long a request waits for a room's gate, and then for KV. */
const GATE_MS = 1500;
const KV_MS = 1000;

/** How often a gate is told what was counted. */
const EVERY_MS = 1000;

/** A fetch that began longer ago belongs to a request that the runtime has ended. */
const LOST_MS = EVERY_MS + GATE_MS + KV_MS + 500;

/** How often one request tells what others add; then another one's turn comes. */
const MAX_ROUNDS = 10;

/** What came of asking a gate. */
const TOLD = Symbol("it answered");
const NOT_DUE = Symbol("it was asked just now");
const SILENT = Symbol("it did not answer");

export class Rooms {
  #gates;
  #kv;
  /** @type {Map<string, Contact>} */
  #contacts = new Map();

  /**
   * @param {DurableObjectNamespace | undefined} gates
   * @param {KVNamespace} kv
   */
  constructor(gates, kv) {
    this.#gates = gates;
    this.#kv = kv;
  }

  /**
   * Brings the state of a room, for a request that waits for it: once, however
   * many do. It never rejects.
   * @param {string} room
   * @param {import("./decider.mjs").Decider} decider
   * @returns {Promise<boolean>} whether a gate was told everything that had been counted when this was called
   */
  async fetch(room, decider) {
    const contact = this.#contact(room);
    const now = Date.now();
    if (contact.asking !== null && now - contact.askingSince < LOST_MS) {
      await within(GATE_MS + KV_MS, contact.asking).catch(() => {});
      return false;
    }
    return this.#ask(room, contact, decider);
  }

  /**
   * Has a room's gate told what was counted, and brings what it says, within a
   * second or so, after the answer to the request. What other requests add
   * until then goes along. It never throws.
   * @param {string} room
   * @param {import("./decider.mjs").Decider} decider
   * @param {ExecutionContext} ctx
   */
  tell(room, decider, ctx) {
    const contact = this.#contact(room);
    contact.more = true;
    const now = Date.now();
    if (now - contact.tellingSince < LOST_MS) return;
    contact.tellingSince = now;
    ctx.waitUntil(this.#tell(room, contact, decider));
  }

  async #tell(room, contact, decider) {
    for (let rounds = 0; rounds < MAX_ROUNDS && contact.more; rounds++) {
      const wait = contact.askedAt + EVERY_MS - Date.now();
      if (wait > 0) await new Promise((done) => setTimeout(done, Math.min(wait, EVERY_MS)));
      contact.tellingSince = Date.now();
      contact.more = false;
      const told = await this.fetch(room, decider);
      contact.more ||= !told;
    }
    contact.tellingSince = -Infinity;
  }

  /**
   * Gives up the pass of a visitor whose order is done, as the origin's answer
   * says, so that somebody else can come in.
   * @param {Request} request
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan the one that was carried out
   * @param {Response} response
   * @param {import("./decider.mjs").Decider} decider
   * @param {ExecutionContext} ctx
   */
  release(request, plan, response, decider, ctx) {
    const room = response.headers.get(RELEASE);
    if (room === null) return;
    response.headers.delete(RELEASE);
    try {
      const cookies = [...plannedCookies(plan), request.headers.get("cookie") ?? ""].join("; ");
      const cleared = decider.instance.roomRelease(room, cookies, Date.now());
      if (cleared === "") return;
      response.headers.append("set-cookie", cleared);
      this.tell(room, decider, ctx);
    } catch (error) {
      decider.replace(error);
    }
  }

  #contact(room) {
    let contact = this.#contacts.get(room);
    if (contact === undefined) this.#contacts.set(room, contact = new Contact());
    return contact;
  }

  /** Asks, and lets others wait for the same answer. */
  async #ask(room, contact, decider) {
    const own = this.#askNow(room, contact, decider);
    contact.asking = own;
    contact.askingSince = contact.askedAt = Date.now();
    const told = await own;
    if (contact.asking === own) contact.asking = null;
    return told;
  }

  async #askNow(room, contact, decider) {
    try {
      const outcome = await this.#askGate(room, contact, decider);
      if (outcome === SILENT) await this.#askKV(room, decider);
      return outcome === TOLD;
    } catch (error) {
      decider.replace(error); // only an instance that trapped gets here
      return true; // with all it had counted
    }
  }

  async #askGate(room, contact, decider) {
    if (this.#gates === undefined || contact.backoff.pausing(Date.now())) return SILENT;
    const question = decider.instance.roomAsk(room, Date.now());
    if (question === null) return NOT_DUE;
    let answer;
    try {
      answer = await within(GATE_MS, this.#send(question));
      contact.backoff.answered();
    } catch (error) {
      contact.backoff.failed(Date.now(), error instanceof Refused ? error.retryMs : 0);
      log("WARN", "a waiting room's gate does not answer; what was counted is kept", { room, gate: question.gate, error: messageOf(error) });
      return SILENT;
    }
    const fault = decider.instance.roomAnswer(room, answer, Date.now());
    if (fault) log("ERROR", "what a waiting room's gate says cannot be used", { room, gate: question.gate, error: fault });
    return fault === "" ? TOLD : SILENT;
  }

  async #send({ gate, message }) {
    const stub = this.#gates.get(this.#gates.idFromName(gate));
    const response = await stub.fetch("http://gate/report", { method: "POST", body: message });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refused(response);
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  async #askKV(room, decider) {
    let state;
    try {
      state = await within(KV_MS, this.#kv.get(`room:${room}`, { type: "arrayBuffer" }));
    } catch (error) {
      log("WARN", "the state of a waiting room could not be fetched", { room, error: messageOf(error) });
      decider.instance.roomKeep(room, Date.now());
      return;
    }
    if (state === null) {
      decider.instance.roomAbsent(room, Date.now());
      return;
    }
    const fault = decider.instance.loadRoom(room, new Uint8Array(state), Date.now());
    if (fault) log("ERROR", "the state of a waiting room cannot be used; the last good one stays in use", { room, error: fault });
  }
}

/** What is remembered of a room. */
class Contact {
  /** The question under way, and when it began. */
  asking = null;
  askingSince = -Infinity;
  /** When the gate, or KV in its place, was last asked. */
  askedAt = -Infinity;
  /** Since when a request tells what is counted, and whether there is more to tell. */
  tellingSince = -Infinity;
  more = false;
  backoff = new Backoff();
}
