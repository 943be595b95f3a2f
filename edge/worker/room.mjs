// The coordinator of a waiting room: a Durable Object named by the room's ID.
// It adds up what the gates report, moves the frontier once a second while
// there is something to do, and tells the gates, and KV every now and then.

import { DurableObject } from "cloudflare:workers";
import module from "../../build/room.wasm";
import { Keeper } from "./keeper.mjs";
import { log, messageOf } from "./log.mjs";
import { bodyOf, bytes, json, problem } from "./messages.mjs";
import { later, Shed } from "./shed.mjs";
import { within } from "./within.mjs";

/** A room has 64 gates at most, each of which asks once a second. */
const REPORTS_PER_SECOND = 200;

/** After this a failed tick is tried again. */
const AGAIN_MS = 2000;

/** How long writing to KV may take. */
const KV_TIMEOUT_MS = 5000;

export class Room extends DurableObject {
  #keeper;
  #shed = new Shed(REPORTS_PER_SECOND);
  #mirroring = false;

  constructor(ctx, env) {
    super(ctx, env);
    this.#keeper = new Keeper(ctx, module, "start_room");
  }

  /** For fault injection. */
  get keeper() {
    return this.#keeper;
  }

  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "POST /report":
        if (!this.#shed.admit(Date.now())) return later();
        return this.#report(await bodyOf(request));
      case "PUT /config":
        return this.#told(await bodyOf(request), (core, body, now) => core.configure(body, now));
      case "POST /revoke":
        return this.#told(await bodyOf(request), (core, body, now) => core.revoke(body, now));
      case "GET /status": {
        const status = this.#do((core, now) => core.status(now));
        return status === null ? problem(404, "The room was never configured.") : json(200, status);
      }
    }
    return problem(404, "A coordinator has no such page.");
  }

  #report(message) {
    if (message === null) return problem(413, "The report is too large.");
    const [flags, reply] = this.#do((core, now) => {
      const flags = core.report(message, now);
      return [flags, flags === 0 ? null : core.reply(message, now)];
    });
    if (flags === 0) return problem(400, "The report is malformed.");
    return reply === null ? later() : bytes(reply);
  }

  /** What ops tell the room. */
  #told(body, tell) {
    if (body === null) return problem(413, "The body is too large.");
    const { status, json: said } = this.#do((core, now) => tell(core, body, now));
    return status === 204 ? new Response(null, { status }) : json(status, said);
  }

  async alarm() {
    this.#keeper.woken();
    try {
      this.#do((core, now) => core.tick(now));
    } catch (error) {
      // Thrown on, it would be tried six times and then never again.
      log("ERROR", "a waiting room could not tick", { room: this.#keeper.name, error: messageOf(error) });
      this.#keeper.wakeBy(Date.now() + AGAIN_MS, Date.now());
    }
  }

  /** Does something, and sees to what follows from it. */
  #do(work) {
    const now = Date.now();
    const { done, wake, state } = this.#keeper.do((core) => (
      { done: work(core, now), wake: core.wake(now), state: this.#mirroring ? null : core.mirror(now) }));
    this.#keeper.wakeBy(wake, now);
    if (state !== null) this.ctx.waitUntil(this.#mirror(state));
    return done;
  }

  /** Writes the room's state to KV. It never rejects. */
  async #mirror(state) {
    this.#mirroring = true;
    try {
      await within(KV_TIMEOUT_MS, this.env.SITES.put(`room:${this.#keeper.name}`, state));
      this.#keeper.do((core) => core.mirrored(Date.now()));
    } catch (error) {
      log("WARN", "the state of a waiting room could not be written to KV", { room: this.#keeper.name, error: messageOf(error) });
    } finally {
      this.#mirroring = false;
    }
  }
}
