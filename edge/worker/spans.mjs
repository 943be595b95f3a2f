// The Worker's own spans, for an OpenTelemetry collector: one a request, named
// "edge GET", whose IDs are those that the origin gets in traceparent, so that
// what the origin records hangs below it.
//
// They are gathered and sent in one piece by OTLP/HTTP as JSON, after their
// responses (waitUntil). A collector that is slow or away costs spans, which
// are counted and said, and never a request.

import { log, messageOf } from "./log.mjs";
import { plannedHeader } from "./wire.mjs";

/** Spans that wait; what comes beyond is dropped. */
const MAX_WAITING = 512;

/** How long spans are gathered. */
const GATHER_MS = 500;

/** How long the collector may take. */
const TIMEOUT_MS = 3000;

/** How often one request sends what others add; then another one's turn comes. */
const MAX_ROUNDS = 8;

/** A sender whose request the runtime has ended is replaced after this. */
const LOST_MS = GATHER_MS + TIMEOUT_MS + 1000;

/** https://opentelemetry.io/docs/specs/otlp/ and trace.proto */
const KIND_SERVER = 2;
const STATUS_ERROR = 2;
const SAMPLED = 1;

export class Spans {
  #url;
  #waiting = [];
  #dropped = 0;
  #sendingSince = -Infinity;

  /** @param {string | undefined} endpoint "http://collector:4318"; without one nothing is recorded */
  constructor(endpoint) {
    this.#url = endpoint ? `${endpoint.replace(/\/+$/, "")}/v1/traces` : "";
  }

  /**
   * Notes a request that was answered. It never throws and never waits.
   * @param {Request} request
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan the one that was carried out
   * @param {number} status
   * @param {number} began Unix milliseconds
   * @param {ExecutionContext} ctx
   */
  note(request, plan, status, began, ctx) {
    if (this.#url === "") return;
    try {
      const span = spanOf(request, plan, status, began, Date.now());
      if (span === null) return;
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(span);
      else this.#dropped++;
      if (began - this.#sendingSince > LOST_MS) {
        this.#sendingSince = began;
        ctx.waitUntil(this.#send());
      }
    } catch (error) {
      log("WARN", "a span could not be recorded", { error: messageOf(error) });
    }
  }

  /** Sends what gathers within a moment, and then what gathered meanwhile. */
  async #send() {
    try {
      for (let rounds = 0; rounds < MAX_ROUNDS && this.#waiting.length > 0; rounds++) {
        this.#sendingSince = Date.now();
        await new Promise((done) => setTimeout(done, GATHER_MS));
        const spans = this.#waiting;
        this.#waiting = [];
        await this.#post(spans);
      }
    } catch (error) {
      log("WARN", "spans could not be sent and are lost", { error: messageOf(error) });
    } finally {
      this.#sendingSince = -Infinity;
    }
  }

  async #post(spans) {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(exportOf(spans)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the collector answered ${response.status}`);
    if (this.#dropped > 0) {
      log("WARN", "spans were dropped because too many waited", { spans: this.#dropped });
      this.#dropped = 0;
    }
  }
}

/** The span of a request; null when it has none or nobody wants it. */
function spanOf(request, plan, status, began, ended) {
  const sent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(plannedHeader(plan, "traceparent"));
  if (sent === null || !(parseInt(sent[3], 16) & SAMPLED)) return null;
  const [, traceId, spanId] = sent;
  // The trace filter joins a visitor's trace or begins another.
  const visitors = request.headers.get("traceparent") ?? "";
  const parentSpanId = visitors.startsWith(traceId, 3) ? visitors.slice(36, 52) : undefined;
  return {
    traceId, spanId, parentSpanId,
    name: `edge ${request.method}`,
    kind: KIND_SERVER,
    startTimeUnixNano: `${began}000000`,
    endTimeUnixNano: `${Math.max(began, ended)}000000`,
    attributes: attributesOf({
      "http.request.method": request.method,
      "http.response.status_code": status,
      "server.address": plan.hostname,
      // No query: it may hold the key to an order.
      "url.path": new URL(request.url).pathname,
      "stagedoor.site": plannedHeader(plan, "X-Stagedoor-Site"),
      "stagedoor.reason": plan.reason,
      "stagedoor.pool": plan.pool,
    }),
    status: status >= 500 ? { code: STATUS_ERROR } : {},
  };
}

/** What is empty says nothing and is left out. */
function attributesOf(values) {
  const attributes = [];
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === "number") attributes.push({ key, value: { intValue: String(value) } });
    else if (value) attributes.push({ key, value: { stringValue: value } });
  }
  return attributes;
}

function exportOf(spans) {
  return {
    resourceSpans: [{
      resource: { attributes: attributesOf({ "service.name": "stagedoor-edge" }) },
      scopeSpans: [{ scope: { name: "stagedoor/edge" }, spans }],
    }],
  };
}
