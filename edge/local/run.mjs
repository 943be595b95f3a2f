// Runs the Worker on this machine: workerd, through Miniflare's API, with its
// own sockets, and beside it the part of Cloudflare's REST API that writes to
// Workers KV. Package local (Go) starts it; by hand:
//
//   STAGEDOOR_HOP_KEY=... STAGEDOOR_CLOUDFLARE_TOKEN=... \
//     node edge/local/run.mjs --port 8787 --api-port 8790 --data .stagedoor/edge
//
// One JSON line on stdout says that it is ready and where. Logs are JSON lines
// on stderr. It ends on SIGTERM and SIGINT and, with --supervised, when its
// standard input closes, which is how it learns that its parent is gone.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Log, Miniflare } from "miniflare";
import { serveKV } from "./kvapi.mjs";
import { keepCron, opsWorker } from "./ops.mjs";

const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");
const HOST = "127.0.0.1";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    "api-port": { type: "string", default: "8790" },
    data: { type: "string", default: join(ROOT, ".stagedoor/edge") },
    wasm: { type: "string", default: join(ROOT, "build/edge.wasm") },
    "room-wasm": { type: "string", default: join(ROOT, "build/room.wasm") },
    account: { type: "string", default: "local" },
    namespace: { type: "string", default: "sites" },
    zone: { type: "string", default: "local" },
    "ops-port": { type: "string" }, // runs the ops Worker too; its token is STAGEDOOR_OPS_TOKEN
    ops: { type: "string", default: join(ROOT, "build/ops") },
    "ops-cron": { type: "string", default: "0" }, // seconds; 0: only when a line on stdin says so
    "ops-origin": { type: "string", default: "http://127.0.0.1:8788" },
    "shared-limit": { type: "string", default: "100000" }, // of each client and class, a minute
    supervised: { type: "boolean", default: false },
    faults: { type: "boolean", default: false }, // tests only: see faulty.mjs
  },
});

function log(level, msg, fields) {
  process.stderr.write(JSON.stringify({ time: new Date().toISOString(), level, msg, part: "edge", ...fields }) + "\n");
}

/** Prints what is wrong, in a sentence, and ends. */
function fail(msg, error) {
  log("ERROR", msg, error ? { error: error.message } : undefined);
  process.exit(1);
}

/** Finds out whether a port is free. Port 0 is left to workerd, so that nobody takes it before workerd does. */
function claim(port, what) {
  if (Number(port) === 0) return 0;
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error) =>
      fail(`port ${port}, for ${what}, cannot be used (${error.code}): stop what listens there or choose another`));
    server.listen(Number(port), HOST, () => server.close(() => done(Number(port))));
  });
}

function secret(name) {
  const value = process.env[name] ?? "";
  if (value.length < 16) fail(`${name} is missing or shorter than 16 bytes`);
  return value;
}

/** Every module of the Worker, by the paths wrangler.toml and the imports use. */
function modules() {
  const module = (type, path, file = join(ROOT, path)) => {
    try {
      return { type, path: join(ROOT, path), contents: readFileSync(file) };
    } catch (error) {
      return fail(`${file} is missing: run "go run ./infra/tinygo/edgewasm" and "npm ci" first`, error);
    }
  };
  const worker = readdirSync(join(ROOT, "edge/worker"))
    .filter((name) => name.endsWith(".mjs") && name !== "index.mjs")
    .map((name) => module("ESModule", `edge/worker/${name}`));
  const entry = options.faults ? ["edge/local/faulty.mjs", "edge/local/faultyrooms.mjs"] : ["edge/worker/index.mjs"];
  return [...entry.map((path) => module("ESModule", path)), ...worker, module("CompiledWasm", "build/edge.wasm", resolve(options.wasm)),
    module("CompiledWasm", "build/room.wasm", resolve(options["room-wasm"]))];
}

/** The counters that isolates share; see wrangler.toml. */
function limiters() {
  const limit = Number(options["shared-limit"]);
  if (!Number.isInteger(limit) || limit < 1) fail("--shared-limit must be a number of requests");
  const classes = ["PAGE", "ASSET", "API", "SEARCH", "CHECKOUT", "ROOM"];
  return Object.fromEntries(classes.map((name) => [`LIMITER_${name}`, { simple: { limit, period: 60 } }]));
}

const hopKey = secret("STAGEDOOR_HOP_KEY");
const token = secret("STAGEDOOR_CLOUDFLARE_TOKEN");
const port = await claim(options.port, "the edge");
const opsPort = options["ops-port"] === undefined ? undefined : await claim(options["ops-port"], "the ops Worker");
try {
  mkdirSync(options.data, { recursive: true });
} catch (error) {
  fail(`the data folder ${options.data} cannot be made`, error);
}

function ops() {
  if (opsPort === undefined) return [];
  const opsToken = secret("STAGEDOOR_OPS_TOKEN");
  try {
    return [opsWorker({
      dir: options.ops, namespace: options.namespace, host: HOST, port: opsPort, token: opsToken, hopKey, origin: options["ops-origin"],
    })];
  } catch (error) {
    return fail(`${options.ops} is not complete: run "go run ./infra/opsworker/opswasm" first`, error);
  }
}

const miniflare = new Miniflare({
  host: HOST,
  port: 0, // Miniflare's own front door; the Worker's is the direct socket
  cf: false, // nothing is fetched from the internet
  log: new Log(0),
  kvPersist: join(options.data, "kv"),
  durableObjectsPersist: join(options.data, "objects"),
  handleRuntimeStdio(stdout, stderr) {
    for (const stream of [stdout, stderr]) {
      createInterface({ input: stream }).on("line", relay);
    }
  },
  workers: [{
    name: "edge",
    modulesRoot: ROOT,
    modules: modules(),
    compatibilityDate: "2026-04-01",
    bindings: { HOP_KEY: hopKey, ROOM_KEYS: process.env.STAGEDOOR_ROOM_KEYS ?? "", OTLP_ENDPOINT: process.env.STAGEDOOR_OTLP_ENDPOINT ?? "", ORIGIN_URL: options["ops-origin"] ?? "" },
    kvNamespaces: { SITES: options.namespace },
    durableObjects: { ROOMS: { className: "Room", useSQLite: true }, GATES: { className: "Gate", useSQLite: true } },
    ratelimits: limiters(),
    unsafeDirectSockets: [{ host: HOST, port }],
  }, ...ops()],
});

/** The Worker logs JSON already; what workerd itself says is wrapped. */
function relay(line) {
  if (line.startsWith("{")) process.stderr.write(line + "\n");
  else if (line.trim() !== "") log("WARN", "workerd", { output: line });
}

let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code), 5000).unref();
  api?.close();
  await miniflare.dispose().catch(() => {});
  process.exit(code);
}

let api, url, opsURL;
process.on("SIGTERM", () => end(0));
process.on("SIGINT", () => end(0));
const runCron = keepCron(opsPort === undefined ? 0 : Number(options["ops-cron"]), () => miniflare.getWorker("ops"), (error) => {
  if (!ending) log("ERROR", "the ops Worker's cron failed", { error: error.message });
});
// Who supervises may ask for the cron's work at once, with a line on stdin.
if (options.supervised) {
  createInterface({ input: process.stdin })
    .on("line", (line) => line === "cron" && opsPort !== undefined && runCron())
    .on("close", () => end(0));
}

try {
  await miniflare.ready;
  url = await miniflare.unsafeGetDirectURL("edge");
  if (opsPort !== undefined) opsURL = await miniflare.unsafeGetDirectURL("ops");
  api = await serveKV({
    host: HOST,
    port: Number(options["api-port"]),
    token,
    account: options.account,
    namespace: options.namespace,
    kv: await miniflare.getKVNamespace("SITES", "edge"),
    zone: options.zone,
    purge: () => miniflare.purgeCache(),
  });
} catch (error) {
  fail("the edge could not start", error);
}

process.stdout.write(JSON.stringify({
  ready: true,
  url: url.origin,
  api_url: `http://${HOST}:${api.address().port}`,
  ...(opsURL && { ops_url: opsURL.origin }),
}) + "\n");

// Miniflare does not say when workerd dies. Ending then lets whoever
// supervises this process start it again.
setInterval(() => {
  const probe = connect(Number(url.port), HOST);
  probe.once("connect", () => probe.destroy());
  probe.once("error", (error) => {
    if (!ending) {
      log("ERROR", "workerd is gone", { error: error.message });
      end(1);
    }
  });
}, 5000).unref();
