// A gate of a waiting room: a Durable Object named by the room's ID and a
// number, which adds up what its isolates report and tells the coordinator
// once a second. It answers isolates from what it heard last, so that they
// cost the coordinator nothing.

import { DurableObject } from "cloudflare:workers";
import module from "../../build/room.wasm";
import { Backoff, Refused } from "./backoff.mjs";
import { ASK, KNOWS_NOTHING } from "./core.mjs";
import { Keeper } from "./keeper.mjs";
import { log, messageOf } from "./log.mjs";
import { bodyOf, bytes, problem } from "./messages.mjs";
import { later, Shed } from "./shed.mjs";
import { within } from "./within.mjs";

/** Half of what one Durable Object is said to bear; a room in need of more has more gates. */
const REPORTS_PER_SECOND = 500;

/** How long the coordinator may take. */
const ROOM_TIMEOUT_MS = 3000;

/** How long an isolate is kept waiting by a gate that knows nothing yet. */
const FIRST_ANSWER_MS = 1000;

/** What was reported after the coordinator was last asked is told so much later. */
const GATHER_MS = 1000;

export class Gate extends DurableObject {
  #keeper;
  #shed = new Shed(REPORTS_PER_SECOND);
  #backoff = new Backoff();
  /** The question under way. */
  #asking = null;
  /** Whether the coordinator may lack something; what was stored before this object was made, it may. */
  #news = true;

  constructor(ctx, env) {
    super(ctx, env);
    this.#keeper = new Keeper(ctx, module, "start_gate");
  }

  /** For fault injection. */
  get keeper() {
    return this.#keeper;
  }

  /** @param {Request} request */
  async fetch(request) {
    if (request.method !== "POST" || new URL(request.url).pathname !== "/report") return problem(404, "A gate has no such page.");
    const now = Date.now();
    if (!this.#shed.admit(now)) return later();
    const message = await bodyOf(request);
    if (message === null) return problem(413, "The report is too large.");

    const flags = this.#keeper.do((core) => core.report(message, Date.now()));
    if (flags === 0) return problem(400, "The report is malformed.");
    this.#news = true;
    // The alarm is set even if the coordinator is asked now: it is what tells
    // the news should this object end before that is done.
    this.#keeper.wakeBy(Math.max(now + GATHER_MS, this.#backoff.until), now);
    if (flags & ASK && !this.#backoff.pausing(now)) this.ctx.waitUntil(this.#ask());
    if (flags & KNOWS_NOTHING && this.#asking !== null) await within(FIRST_ANSWER_MS, this.#asking).catch(() => {});

    const reply = this.#keeper.do((core) => core.reply(message, Date.now()));
    return reply === null ? later() : bytes(reply);
  }

  /** Tells the coordinator what came in after it was last asked. */
  async alarm() {
    this.#keeper.woken();
    if (this.#news) await this.#ask();
  }

  /** Asks the coordinator, one question at a time. It never rejects. */
  #ask() {
    this.#asking ??= this.#askNow().finally(() => { this.#asking = null; });
    return this.#asking;
  }

  async #askNow() {
    const room = this.#keeper.name.slice(0, this.#keeper.name.lastIndexOf("/"));
    try {
      this.#news = false;
      const message = this.#keeper.do((core) => core.ask(Date.now()));
      const answer = await within(ROOM_TIMEOUT_MS, this.#send(room, message));
      this.#keeper.do((core) => core.heard(answer, Date.now()));
      this.#backoff.answered();
      if (this.#news) this.#keeper.wakeBy(Date.now() + GATHER_MS, Date.now()); // it came after the question was put
    } catch (error) {
      this.#news = true;
      const now = Date.now();
      this.#backoff.failed(now, error instanceof Refused ? error.retryMs : 0);
      log("WARN", "the coordinator of a waiting room does not answer; what its gate knows is kept", {
        gate: this.#keeper.name, error: messageOf(error),
      });
      this.#keeper.wakeBy(this.#backoff.until, now);
    }
  }

  async #send(room, message) {
    const stub = this.env.ROOMS.get(this.env.ROOMS.idFromName(room));
    const response = await stub.fetch("http://room/report", { method: "POST", body: message });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refused(response);
    }
    return new Uint8Array(await response.arrayBuffer());
  }
}
