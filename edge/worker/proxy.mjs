// Sends a request to the origin and streams both bodies through untouched.

import { ANSWERED } from "./health.mjs";
import { log, messageOf } from "./log.mjs";
import { applyChanges } from "./wire.mjs";

/** How long the origin may take until its response's head is there. */
const ORIGIN_TIMEOUT_MS = 30_000;

/** Mirrors MaxBody in edge/engine/bounds.go, for bodies of unstated length. */
const MAX_BODY = 10 << 20;

/** What became of a request that got no response. */
export const UNREACHABLE = Symbol("unreachable");
export const TIMED_OUT = Symbol("timed out");
export const TOO_LARGE = Symbol("too large");
export const BROKEN = Symbol("the request broke off");

/**
 * @param {Request} request
 * @param {ReturnType<import("./wire.mjs").decodePlan>} plan
 * @param {ExecutionContext} ctx
 * @param {import("./health.mjs").Health} health
 * @param {import("./cache.mjs").Cache} cache
 * @returns {Promise<Response | typeof UNREACHABLE | typeof TIMED_OUT | typeof TOO_LARGE | typeof BROKEN>}
 */
export async function proxy(request, plan, ctx, health, cache) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ORIGIN_TIMEOUT_MS);
  const body = bodyOf(request, ctx, abort);
  let response;
  try {
    const onward = new Request(plan.origin + plan.target, initOf(request, plan, body));
    applyChanges(plan.lines, plan.requestAt, onward.headers);
    response = await fetch(onward, { signal: abort.signal });
  } catch (error) {
    if (body.tooLarge) return TOO_LARGE;
    if (body.broken) return BROKEN;
    log("WARN", "the origin could not be reached", { pool: plan.pool, hostname: plan.hostname, error: messageOf(error) });
    // A request with a body may have failed because its sender left, which
    // must not count against the pool.
    const blame = body.stream === undefined;
    if (abort.signal.aborted) {
      if (blame) health.late(plan.origin, Date.now());
      return TIMED_OUT;
    }
    if (blame) health.unreachable(plan.origin, Date.now());
    return UNREACHABLE;
  } finally {
    clearTimeout(timer);
  }
  // Cloudflare answers in the origin's place with these when it cannot reach it.
  if (response.status >= 520 && response.status <= 530 && !response.headers.has(ANSWERED)) {
    await response.body?.cancel();
    health.unreachable(plan.origin, Date.now());
    return UNREACHABLE;
  }
  health.answered(plan.origin, response.status, response.headers, Date.now());

  const out = response.webSocket
    ? new Response(null, { status: response.status, headers: response.headers, webSocket: response.webSocket })
    : new Response(response.body, response);
  out.headers.delete(ANSWERED);
  cache.keep(plan, request.method, out, ctx);
  applyChanges(plan.lines, plan.responseAt, out.headers);
  return out;
}

/** What goes to the origin, but for the edge's own headers. */
function initOf(request, plan, body) {
  // What is fetched for everybody says nothing of who asked first: not their
  // languages, their cookies, nor what their browser can unpack.
  if (plan.cacheFill) return { method: request.method, headers: { accept: "*/*", "accept-encoding": "identity" }, redirect: "manual" };
  // Without a body, all of it is taken over in one go.
  if (request.body === null) return request;
  return { method: request.method, headers: request.headers, body: body.stream, redirect: "manual" };
}

/**
 * The request's body; one that does not say how long it is gets counted.
 *
 * workerd ends a body cleanly when the stream it reads from fails, so that the
 * origin would take half an upload for the whole. Here it is the request to
 * the origin that is aborted, and the stream that is left without an end.
 */
function bodyOf(request, ctx, abort) {
  const body = { stream: undefined, tooLarge: false, broken: false };
  if (request.method === "GET" || request.method === "HEAD" || request.body === null) return body;
  if (request.headers.has("content-length")) {
    body.stream = request.body;
    return body;
  }
  const { readable, writable } = new IdentityTransformStream();
  ctx.waitUntil(count(request.body.getReader(), writable.getWriter(), body, abort));
  body.stream = readable;
  return body;
}

/** Passes a body on and counts it. It never rejects. */
async function count(reader, writer, body, abort) {
  for (let size = 0; ;) {
    let part;
    try {
      part = await reader.read();
    } catch {
      body.broken = true; // malformed chunks, or its sender left
      return abort.abort();
    }
    try {
      if (part.done) return await writer.close();
      size += part.value.byteLength;
      if (size > MAX_BODY) {
        body.tooLarge = true;
        return abort.abort();
      }
      await writer.write(part.value);
    } catch (error) {
      return reader.cancel(error).catch(() => {}); // the origin takes no more
    }
  }
}
