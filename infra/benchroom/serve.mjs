// Runs the Workers that are measured, each on a socket of its own, in one
// workerd. benchroom (Go) starts it. One JSON line on stdout says where they
// are; it ends when stdin closes.

import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, Miniflare } from "miniflare";

const HERE = resolve(fileURLToPath(import.meta.url), "..");
const [edgeWasm, roomWasm, document] = process.argv.slice(2);
const site = JSON.parse(readFileSync(document, "utf8"));
const NAMES = ["bare", "room"];

/** A Worker in one file; the Wasm modules stay beside it. */
async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "workers", `${name}.mjs`)],
    bundle: true, write: false, format: "esm", target: "es2024", external: ["*.wasm", "cloudflare:workers"],
    plugins: [{
      name: "wasm",
      setup: (b) => b.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true })),
    }],
  });
  return outputFiles[0].text;
}

const workers = await Promise.all(NAMES.map(async (name) => ({
  name,
  modulesRoot: "/",
  modules: [
    { type: "ESModule", path: "/worker.mjs", contents: await bundle(name) },
    { type: "CompiledWasm", path: "/edge.wasm", contents: readFileSync(edgeWasm) },
    { type: "CompiledWasm", path: "/room.wasm", contents: readFileSync(roomWasm) },
  ],
  compatibilityDate: "2026-04-01",
  bindings: { HOP_KEY: process.env.STAGEDOOR_HOP_KEY, ROOM_KEYS: process.env.STAGEDOOR_ROOM_KEYS },
  kvNamespaces: { SITES: "sites" },
  ...(name === "room" && { durableObjects: { ROOMS: { className: "Room", useSQLite: true }, GATES: { className: "Gate", useSQLite: true } } }),
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
})));

const miniflare = new Miniflare({ host: "127.0.0.1", port: 0, cf: false, log: new Log(0), workers });
await miniflare.ready;
const kv = await miniflare.getKVNamespace("SITES", "room");
await kv.put(`site:${site.hostname}`, readFileSync(document, "utf8"));

const urls = {};
for (const name of NAMES) urls[name] = (await miniflare.unsafeGetDirectURL(name)).href;
process.stdout.write(JSON.stringify(urls) + "\n");

process.stdin.on("end", async () => {
  await miniflare.dispose();
  process.exit(0);
}).resume();
