// Keeps answers that may be shared and serves them: what edge/filter/cache.go
// decides is carried out here, with Cloudflare's cache of the data centre.
//
// An answer is kept only as the origin gave it to a request that said nothing
// of its visitor (proxy.mjs), and only if the origin does not mind. It is kept
// for its time and the stale time after it; while it is stale it goes on being
// served, and the first request that may fetches a new one in the background,
// in vain if the origin is away. A cache that fails costs a request to the
// origin.

import { log, messageOf } from "./log.mjs";
import { applyChanges } from "./wire.mjs";
import { within } from "./within.mjs";

/** How long a request waits for the cache, in milliseconds. */
const FIND_MS = 500;

/** Larger answers are not kept, in bytes. */
const MAX_KEPT = 4 << 20;

/** A renewal that began longer ago belongs to a request that the runtime has ended. */
const LOST_MS = 35_000;
// From so many renewals on, those that were lost with their request are looked for.
const MAX_RENEWING = 1000;

/** Complaints are logged this often at most. */
const COMPLAINTS_MS = 60_000;

/** Beside what is kept: when that was (Unix milliseconds), and for how many seconds it is fresh. */
const KEPT = "stagedoor-kept";

/** What the origin said to browsers. */
const SAID = "stagedoor-said";

/** What the cache adds and visitors need not see. */
const OURS = [KEPT, SAID, "cache-tag", "cf-cache-status"];

export class Cache {
  #store;
  #clock;
  #renewing = new Map();
  #complainedAt = -Infinity;

  /**
   * @param {Pick<globalThis.Cache, "match" | "put"> | null} store without one nothing is kept
   * @param {() => number} [clock] Unix milliseconds
   */
  constructor(store, clock = Date.now) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Whether it is worth looking for an answer that is kept. */
  mayHave(plan) {
    return plan.cacheKey !== "" && this.#store !== null;
  }

  /**
   * The answer that is kept for a plan, with the plan's changes. It never rejects.
   * @param {Request} request
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan
   * @returns {Promise<{ response: Response, isFresh: boolean } | null>}
   */
  async find(request, plan) {
    if (!this.mayHave(plan)) return null;
    let found;
    try {
      found = await within(FIND_MS, this.#store.match(plan.cacheKey));
    } catch (error) {
      this.#complain("a shared answer could not be looked up", error);
      return null;
    }
    const [at, ttl] = (found?.headers.get(KEPT) ?? "").split(" ").map(Number);
    if (!(at > 0 && ttl > 0)) return null;

    const same = isSame(request.headers, found.headers);
    const isHead = request.method === "HEAD";
    if (same || isHead) found.body?.cancel().catch(() => {});
    const response = same
      ? new Response(null, { status: 304, headers: found.headers })
      : new Response(isHead ? null : found.body, { status: found.status, headers: found.headers });
    const said = found.headers.get(SAID);
    const age = Math.max(0, this.#clock() - at);
    if (said === null) response.headers.delete("cache-control");
    else response.headers.set("cache-control", said);
    for (const name of OURS) response.headers.delete(name);
    response.headers.set("age", String(Math.floor(age / 1000)));
    applyChanges(plan.lines, plan.responseAt, response.headers);
    return { response, isFresh: age < ttl * 1000 };
  }

  /**
   * Keeps an answer if it may be, after it was sent on.
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan
   * @param {string} method
   * @param {Response} response as the origin gave it; its body can still be read afterwards
   * @param {ExecutionContext} ctx
   */
  keep(plan, method, response, ctx) {
    if (!plan.cacheFill || plan.cacheKey === "" || method !== "GET" || this.#store === null) return;
    const ttl = lifeOf(plan, response);
    if (ttl <= 0) return;
    const headers = new Headers(response.headers);
    const said = headers.get("cache-control");
    if (said !== null) headers.set(SAID, said);
    headers.set("cache-control", `public, s-maxage=${ttl + plan.cacheStale}`);
    headers.delete("expires");
    headers.set("cache-tag", plan.cacheTags);
    headers.set(KEPT, `${this.#clock()} ${ttl}`);
    // The page may hold the nonce that the origin was told, and so the policy
    // with it stays with the page.
    applyChanges(plan.lines, plan.responseAt, headers, "~");
    ctx.waitUntil(this.#put(plan.cacheKey, response.clone().body, headers));
  }

  /**
   * A body is read to its end before it is kept: the runtime would take one
   * that breaks off for the whole.
   */
  async #put(key, body, headers) {
    try {
      const whole = await wholeOf(body, Number(headers.get("content-length") ?? NaN));
      if (whole !== null) await this.#store.put(key, new Response(whole, { headers }));
    } catch (error) {
      this.#complain("an answer could not be kept", error);
    }
  }

  /**
   * Has a stale answer renewed, once however many ask. It never throws.
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan
   * @param {string} method
   * @param {() => Promise<unknown>} fetch what goes to the origin, and keeps what comes
   * @param {ExecutionContext} ctx
   */
  renew(plan, method, fetch, ctx) {
    if (!plan.cacheFill || method !== "GET") return;
    const key = plan.cacheKey;
    if (this.#clock() - this.#renewing.get(key) < LOST_MS) return;
    if (this.#renewing.size >= MAX_RENEWING) {
      for (const [other, since] of this.#renewing) if (this.#clock() - since >= LOST_MS) this.#renewing.delete(other);
    }
    this.#renewing.set(key, this.#clock());
    ctx.waitUntil(this.#renew(key, fetch));
  }

  async #renew(key, fetch) {
    try {
      const response = await fetch();
      if (response instanceof Response) await response.body?.pipeTo(new WritableStream());
    } catch (error) {
      this.#complain("a stale answer could not be renewed", error);
    } finally {
      this.#renewing.delete(key);
    }
  }

  #complain(msg, error) {
    const now = this.#clock();
    if (now - this.#complainedAt < COMPLAINTS_MS) return;
    this.#complainedAt = now;
    log("WARN", msg, { error: messageOf(error) });
  }
}

/** For how many seconds an answer is fresh; 0: it must not be kept. */
function lifeOf(plan, { status, headers, body, webSocket }) {
  if (status !== 200 || body === null || webSocket || headers.has("set-cookie")) return 0;
  if (headers.has("stagedoor-room-release") || headers.has("content-range")) return 0;
  if (headers.get("content-type")?.startsWith("text/event-stream") || Number(headers.get("content-length")) > MAX_KEPT) return 0;
  for (const name of (headers.get("vary") ?? "").split(",")) {
    if (!["", "accept-encoding"].includes(name.trim().toLowerCase())) return 0; // what it varies by is not in the key
  }
  const said = directives(headers.get("cache-control"));
  if (said.has("private") || said.has("no-store") || said.has("no-cache")) return 0;
  if (plan.cacheTTL > 0) return plan.cacheTTL;
  const seconds = Number(said.get("s-maxage") ?? said.get("max-age") ?? 0);
  return Number.isInteger(seconds) ? Math.min(seconds, 365 * 24 * 3600) : 0;
}

/** All of a body; null when it is too large, or not as long as it said it was. */
async function wholeOf(body, length) {
  const parts = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > MAX_KEPT) {
      reader.cancel().catch(() => {});
      return null;
    }
    parts.push(value);
  }
  return Number.isNaN(length) || size === length ? new Blob(parts) : null;
}

/** The directives of a Cache-Control, lower-case, with their values. */
function directives(text) {
  const found = new Map();
  for (const directive of (text ?? "").toLowerCase().split(",")) {
    const [name, value = ""] = directive.split("=", 2);
    found.set(name.trim(), value.trim().replace(/^"(.*)"$/, "$1"));
  }
  return found;
}

/** Whether a visitor has what is kept already (RFC 9110, 13.1.2). */
function isSame(asked, kept) {
  const tags = asked.get("if-none-match");
  const tag = kept.get("etag");
  if (tags === null || tag === null) return false;
  return tags.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === tag.replace(/^W\//, ""));
}
