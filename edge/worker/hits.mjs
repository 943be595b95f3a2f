// Tells the origin how often each redirect rule answered (package edge/hits).
//
// Counts are gathered and sent in one piece, after their responses
// (waitUntil). An origin that is away costs counts, never a request.

import { log, messageOf } from "./log.mjs";
import { plannedHeader } from "./wire.mjs";

/** As package edge/hits has them. */
const PATH = "/edge/hits";
const SITE_ID = "_ops";
const HEADER = "X-Stagedoor-Rule";
const MAX_RULES = 2000;

/** How long counts are gathered. */
const GATHER_MS = 2000;

/** How long the origin may take. */
const TIMEOUT_MS = 5000;

/** A batch is sent again under its ID this often, and then given up. */
const MAX_TRIES = 3;

/** How often one request sends what others add; then another one's turn comes. */
const MAX_ROUNDS = 4;

/** A sender whose request the runtime has ended is replaced after this. */
const LOST_MS = GATHER_MS + MAX_TRIES * TIMEOUT_MS + 1000;

export class Hits {
  #url;
  #key;
  #signer;
  #waiting = new Map();
  #dropped = 0;
  #sendingSince = -Infinity;

  /**
   * @param {string | undefined} origin "https://origin.example"; without one nothing is counted
   * @param {string} key the hop key
   */
  constructor(origin, key) {
    this.#url = origin && key ? new URL(PATH, origin) : null;
    this.#key = key;
  }

  /**
   * Counts the rule that answered, if one did. It never throws and never waits.
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan the one that was carried out
   * @param {number} now Unix milliseconds
   * @param {ExecutionContext} ctx
   */
  note(plan, now, ctx) {
    if (this.#url === null || plan.action !== "respond" || plan.reason !== "redirect.rule") return;
    const rule = plannedHeader(plan, HEADER);
    if (rule === "") return;
    if (this.#waiting.size < MAX_RULES || this.#waiting.has(rule)) this.#waiting.set(rule, (this.#waiting.get(rule) ?? 0) + 1);
    else this.#dropped++;
    if (now - this.#sendingSince > LOST_MS) {
      this.#sendingSince = now;
      ctx.waitUntil(this.#send());
    }
  }

  /** Sends what gathers within a moment, and then what gathered meanwhile. */
  async #send() {
    try {
      for (let rounds = 0; rounds < MAX_ROUNDS && this.#waiting.size > 0; rounds++) {
        this.#sendingSince = Date.now();
        await new Promise((done) => setTimeout(done, GATHER_MS));
        const batch = { id: crypto.randomUUID(), hits: Object.fromEntries(this.#waiting) };
        this.#waiting = new Map();
        await this.#post(JSON.stringify(batch));
      }
      if (this.#dropped > 0) {
        log("WARN", "redirects were not counted because too many rules waited", { redirects: this.#dropped });
        this.#dropped = 0;
      }
    } catch (error) {
      log("WARN", "redirects were not counted", { error: messageOf(error) });
    } finally {
      this.#sendingSince = -Infinity;
    }
  }

  async #post(body) {
    for (let tries = 1; ; tries++) {
      try {
        const response = await fetch(this.#url, {
          method: "POST",
          headers: { "content-type": "application/json", ...await this.#signature() },
          body,
          redirect: "manual",
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (response.ok) return;
        if (response.status < 500) tries = MAX_TRIES; // asking again would be answered the same
        throw new Error(`the origin answered ${response.status}`);
      } catch (error) {
        if (tries >= MAX_TRIES) throw error;
      }
    }
  }

  /** As package edge/hop signs. */
  async #signature() {
    const text = new TextEncoder();
    this.#signer ??= await crypto.subtle.importKey("raw", text.encode(this.#key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const seconds = Math.floor(Date.now() / 1000);
    const host = this.#url.host;
    const sum = await crypto.subtle.sign("HMAC", this.#signer, text.encode(`${seconds}.POST.${PATH}.${SITE_ID}.${host}`));
    const hex = Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { "x-stagedoor-site": SITE_ID, "x-forwarded-host": host, "x-stagedoor-hop": `t=${seconds},v1=${hex}` };
  }
}
