// The ops Worker on this machine: how Miniflare runs it, and its cron, which
// Cloudflare would keep.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** As in edge/ops/wrangler.toml. */
const CRON = "*/5 * * * *";

/** Until the first run: by then the origin is there. */
const FIRST_MS = 20_000;

const FILES = [["ESModule", "worker.mjs"], ["ESModule", "runtime.mjs"], ["ESModule", "wasm_exec.js"], ["CompiledWasm", "app.wasm"]];

/**
 * The Worker as Miniflare takes it.
 * @param {{ dir: string, namespace: string, host: string, port: number, token: string, hopKey: string, origin: string }} config
 */
export function opsWorker(config) {
  const dir = resolve(config.dir);
  return {
    name: "ops",
    modulesRoot: dir,
    modules: FILES.map(([type, name]) => ({ type, path: join(dir, name), contents: readFileSync(join(dir, name)) })),
    compatibilityDate: "2026-04-01",
    bindings: { OPS_TOKEN: config.token, HOP_KEY: config.hopKey, ORIGIN_URL: config.origin },
    kvNamespaces: { SITES: config.namespace },
    durableObjects: { ROOMS: { className: "Room", scriptName: "edge", useSQLite: true } },
    unsafeDirectSockets: [{ host: config.host, port: config.port }],
  };
}

/**
 * Runs the Worker's scheduled handler: when asked to, and every so often. One
 * run at a time.
 * @param {number} everySeconds 0: only when asked to
 * @param {() => Promise<{ scheduled(options: { cron: string }): Promise<unknown> }>} worker
 * @param {(error: Error) => void} failed
 * @returns {() => Promise<void>} runs it now
 */
export function keepCron(everySeconds, worker, failed) {
  let running = Promise.resolve();
  const run = () => {
    running = running.then(async () => (await worker()).scheduled({ cron: CRON })).then(() => {}, failed);
    return running;
  };
  if (everySeconds > 0) {
    setTimeout(run, Math.min(FIRST_MS, everySeconds * 1000)).unref();
    setInterval(run, everySeconds * 1000).unref();
  }
  return run;
}
