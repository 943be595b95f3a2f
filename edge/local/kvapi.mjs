// The parts of Cloudflare's REST API that the origin uses, Workers KV over the
// KV that workerd reads here and the purge of a zone's cache: the same paths,
// bodies, envelope, limits and error codes, so that cloudflare-go publishes to
// a developer's machine as it does to Cloudflare.
// https://developers.cloudflare.com/api/resources/kv/
// https://developers.cloudflare.com/api/resources/cache/methods/purge/

import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const MAX_BODY = 100 << 20;
const MAX_PAIRS = 10_000;
const MAX_KEY = 512;
const MAX_VALUE = 25 << 20;
const MAX_METADATA = 1024;
const MIN_TTL = 60;
const MAX_PURGED = 100;

/** An error in Cloudflare's terms. */
class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message) => new ApiError(400, 10012, message);

/**
 * Serves the API and resolves to the listening server.
 * @param {{ host: string, port: number, token: string, account: string, namespace: string, kv: KVNamespace, zone: string, purge: () => Promise<unknown> }} config
 *     purge drops everything that the zone's cache keeps
 */
export function serveKV(config) {
  const server = createServer(async (request, response) => {
    try {
      await route(config, request, response);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, 10001, "internal error");
      if (known !== error) process.stderr.write(JSON.stringify({ level: "ERROR", msg: "the local KV API failed", part: "edge", error: String(error) }) + "\n");
      send(response, known.status, { success: false, errors: [{ code: known.code, message: known.message }], messages: [], result: null });
    }
  });
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(config.port, config.host, () => done(server));
  });
}

async function route(config, request, response) {
  authenticate(config, request);
  const url = new URL(request.url, "http://localhost");
  const zone = /^\/client\/v4\/zones\/([^/]+)\/purge_cache$/.exec(url.pathname);
  if (zone) return purgeCache(config, decodeURIComponent(zone[1]), request, response);
  const path = /^\/client\/v4\/accounts\/([^/]+)\/storage\/kv\/namespaces(?:\/([^/]+)(?:\/(.*))?)?$/.exec(url.pathname);
  if (!path) throw new ApiError(404, 7003, "Could not route to the requested path, perhaps your object identifier is invalid?");
  const [, account, namespace, rest = ""] = path.map((part) => part && decodeURIComponent(part));
  if (account !== config.account) throw new ApiError(403, 10000, "Authentication error");

  const self = { id: config.namespace, title: config.namespace, supports_url_encoding: true };
  if (namespace === undefined) {
    if (request.method !== "GET") throw notAllowed();
    return ok(response, [self], { page: 1, per_page: 20, count: 1, total_count: 1 });
  }
  if (namespace !== config.namespace) throw new ApiError(404, 10013, "namespace not found");

  const slash = rest.indexOf("/");
  const [what, key] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
  switch (`${request.method} ${what}`) {
    case "GET ":
      return ok(response, self);
    case "GET keys":
      return listKeys(config.kv, url.searchParams, response);
    case "GET values":
      return getValue(config.kv, key, response);
    case "PUT values":
      await config.kv.put(...await pairOfPut(request, url.searchParams, key));
      return ok(response, null);
    case "DELETE values":
      await config.kv.delete(checkKey(key));
      return ok(response, null);
    case "GET metadata": {
      const { value, metadata } = await config.kv.getWithMetadata(checkKey(key), "arrayBuffer");
      if (value === null) throw keyNotFound();
      return ok(response, metadata);
    }
    case "PUT bulk":
      return putBulk(config.kv, await readJSON(request), response);
    case "DELETE bulk":
      return deleteBulk(config.kv, await readJSON(request), response);
    case "POST bulk":
      if (key === "delete") return deleteBulk(config.kv, await readJSON(request), response);
      if (key === "get") return getBulk(config.kv, await readJSON(request), response);
  }
  throw notAllowed();
}

const notAllowed = () => new ApiError(405, 10405, "Method not allowed for this authentication scheme");
const keyNotFound = () => new ApiError(404, 10009, "get: 'key not found'");

function authenticate(config, request) {
  const given = Buffer.from(request.headers.authorization ?? "");
  const want = Buffer.from(`Bearer ${config.token}`);
  if (given.length !== want.length || !timingSafeEqual(given, want)) {
    throw new ApiError(403, 10000, "Authentication error");
  }
}

async function listKeys(kv, query, response) {
  const limit = Number(query.get("limit") ?? 1000);
  if (!Number.isInteger(limit) || limit < 10 || limit > 1000) throw invalid("limit must be between 10 and 1000");
  const page = await kv.list({ prefix: query.get("prefix") ?? undefined, cursor: query.get("cursor") ?? undefined, limit });
  const after = page.list_complete ? "" : page.cursor;
  // Cloudflare gives the cursor as "cursor"; its Go client reads "cursors".
  return ok(response, page.keys, { count: page.keys.length, cursor: after, cursors: { after } });
}

async function getValue(kv, key, response) {
  const value = await kv.get(checkKey(key), "arrayBuffer");
  if (value === null) throw keyNotFound();
  response.writeHead(200, { "content-type": "application/octet-stream" });
  response.end(Buffer.from(value));
}

/** A single value comes raw, or as a form with value and metadata. */
async function pairOfPut(request, query, key) {
  const body = await readBody(request);
  let value = body;
  let metadata;
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data")) {
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const part = form.get("value");
    value = typeof part === "string" ? Buffer.from(part) : Buffer.from(await part?.arrayBuffer() ?? new ArrayBuffer(0));
    if (form.has("metadata")) metadata = parse(form.get("metadata"));
  }
  return checkPair({
    key, value, metadata,
    expiration: query.has("expiration") ? Number(query.get("expiration")) : undefined,
    expiration_ttl: query.has("expiration_ttl") ? Number(query.get("expiration_ttl")) : undefined,
  });
}

/** Nothing is written unless every pair is valid. */
async function putBulk(kv, pairs, response) {
  if (!Array.isArray(pairs) || pairs.length > MAX_PAIRS) throw invalid(`the body must be an array of at most ${MAX_PAIRS} pairs`);
  const puts = pairs.map((pair) => {
    if (typeof pair?.value !== "string") throw invalid(`key ${pair?.key}: value must be a string`);
    return checkPair({ ...pair, value: Buffer.from(pair.value, pair.base64 ? "base64" : "utf8") });
  });
  await inParallel(puts, (put) => kv.put(...put));
  return ok(response, { successful_key_count: puts.length, unsuccessful_keys: [] });
}

async function deleteBulk(kv, keys, response) {
  if (!Array.isArray(keys) || keys.length > MAX_PAIRS) throw invalid(`the body must be an array of at most ${MAX_PAIRS} keys`);
  keys.forEach(checkKey);
  await inParallel(keys, (key) => kv.delete(key));
  return ok(response, { successful_key_count: keys.length, unsuccessful_keys: [] });
}

async function getBulk(kv, body, response) {
  const keys = body?.keys;
  if (!Array.isArray(keys) || keys.length > 100) throw invalid("keys must be an array of at most 100");
  const values = {};
  await inParallel(keys.map(checkKey), async (key) => {
    const { value, metadata } = await kv.getWithMetadata(key, body.type === "json" ? "json" : "text");
    values[key] = value === null ? null : body.withMetadata ? { value, metadata } : value;
  });
  return ok(response, { values });
}

/**
 * Drops more than is asked for: what Miniflare keeps can't be found by its tag.
 * A cache may drop anything at any time, so nobody can be surprised but by the
 * time it takes to fill again.
 */
async function purgeCache(config, zone, request, response) {
  if (request.method !== "POST") throw notAllowed();
  if (zone !== config.zone) throw new ApiError(403, 10000, "Authentication error");
  const { tags, purge_everything: everything } = await readJSON(request);
  const areTags = Array.isArray(tags) && tags.length > 0 && tags.every((tag) => typeof tag === "string" && tag !== "");
  if (areTags === (everything === true)) throw new ApiError(400, 1012, "Request must contain one of \"purge_everything\" or \"files\", \"tags\", \"hosts\" or \"prefixes\"");
  if (areTags && tags.length > MAX_PURGED) throw new ApiError(400, 1094, `Unable to purge, cannot purge more than ${MAX_PURGED} tags at once`);
  await config.purge();
  return ok(response, { id: zone });
}

/** At most 16 at a time: each is a round trip to workerd. */
async function inParallel(items, work) {
  const queue = items.values();
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (const item of queue) await work(item);
  }));
}

function checkPair({ key, value, metadata, expiration, expiration_ttl: ttl }) {
  checkKey(key);
  if (value.byteLength > MAX_VALUE) throw new ApiError(413, 10047, `key ${key}: the value is larger than 25 MiB`);
  if (metadata !== undefined && Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA) throw invalid(`key ${key}: the metadata is larger than 1024 bytes`);
  if (ttl !== undefined && !(ttl >= MIN_TTL)) throw invalid(`key ${key}: expiration_ttl must be at least ${MIN_TTL}`);
  if (expiration !== undefined && !(expiration >= Date.now() / 1000 + MIN_TTL)) throw invalid(`key ${key}: expiration must be at least ${MIN_TTL} seconds ahead`);
  // A plain array: Miniflare refuses Buffer, which is a subclass.
  return [key, new Uint8Array(value), { metadata, expiration, expirationTtl: ttl }];
}

function checkKey(key) {
  if (typeof key !== "string" || key === "" || key === "." || key === "..") throw invalid("a key is empty or not allowed");
  if (Buffer.byteLength(key) > MAX_KEY) throw new ApiError(414, 10030, "a key is longer than 512 bytes");
  return key;
}

async function readJSON(request) {
  return parse((await readBody(request)).toString());
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("could not parse the request's body as JSON");
  }
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ApiError(413, 10047, "the request's body is larger than 100 MB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function ok(response, result, info) {
  send(response, 200, { success: true, errors: [], messages: [], result, ...(info && { result_info: info }) });
}

function send(response, status, envelope) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(envelope));
}
