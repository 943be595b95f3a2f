// What the Durable Objects of a waiting room and their callers send each other.

/** The largest body, in bytes: a report of an isolate that was alone for hours. */
const MAX_BODY = 4 << 20;

/**
 * The body of a request; null when it is too large.
 * @param {Request} request
 */
export async function bodyOf(request) {
  const body = await request.arrayBuffer();
  return body.byteLength > MAX_BODY ? null : new Uint8Array(body);
}

/** @param {Uint8Array} body */
export function bytes(body) {
  return new Response(body, { headers: { "content-type": "application/octet-stream" } });
}

/**
 * @param {number} status
 * @param {Uint8Array | null} body
 */
export function json(status, body) {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return new Response(body, { status, headers: { "content-type": type } });
}

export function problem(status, detail) {
  return Response.json({ type: "about:blank", status, detail }, { status, headers: { "content-type": "application/problem+json" } });
}
