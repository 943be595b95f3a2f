// Runs the Workers that are measured, each on a socket of its own, in one
// workerd. benchedge (Go) starts it and gives it the folder with what they need.
// One JSON line on stdout says where they are; it ends when stdin closes.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, Miniflare } from "miniflare";

const HERE = resolve(fileURLToPath(import.meta.url), "..");
const [folder, wasm, instance, origin, hopKey] = process.argv.slice(2);
const NAMES = ["bare", "hono", "instance", "edge"];

/** The counters that isolates share, out of the load's reach; see wrangler.toml. */
const limiters = Object.fromEntries(["PAGE", "ASSET", "API", "SEARCH", "CHECKOUT"].map((name) =>
  [`LIMITER_${name}`, { simple: { limit: 100_000_000, period: 60 } }]));

const text = (name) => readFileSync(join(folder, name), "utf8");
const site = JSON.parse(text("site.json"));

/** A Worker in one file; the Wasm module stays beside it. */
async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "workers", `${name}.mjs`)],
    bundle: true, write: false, format: "esm", target: "es2024", external: ["*.wasm", "cloudflare:workers"],
    plugins: [{
      name: "wasm",
      setup: (b) => b.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./edge.wasm", external: true })),
    }],
  });
  return outputFiles[0].text;
}

/** What workers-assets-gen lays down, and what Go compiled; see instance/main.go. */
const INSTANCE = [["ESModule", "worker.mjs"], ["ESModule", "runtime.mjs"], ["ESModule", "wasm_exec.js"], ["CompiledWasm", "app.wasm"]];

async function modulesOf(name) {
  if (name === "instance") {
    return INSTANCE.map(([type, file]) => ({ type, path: `/${file}`, contents: readFileSync(join(instance, file)) }));
  }
  return [
    { type: "ESModule", path: "/worker.mjs", contents: await bundle(name) },
    { type: "CompiledWasm", path: "/edge.wasm", contents: readFileSync(wasm) },
  ];
}

const workers = await Promise.all(NAMES.map(async (name) => ({
  name,
  modulesRoot: "/",
  modules: await modulesOf(name),
  compatibilityDate: "2026-04-01",
  bindings: {
    ORIGIN: origin, HOP_KEY: hopKey, HOSTNAME: site.hostname,
    SITE: text("site.json"), SMALL_SITE: text("small.json"), REDIRECTS: text("redirects.json"),
  },
  kvNamespaces: { SITES: "sites" },
  ratelimits: limiters,
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
})));

// What workerd says of a Go program that is left behind after its answer is of no use here.
const quiet = (stdout, stderr) => [stdout, stderr].forEach((stream) => stream.resume());
const miniflare = new Miniflare({ host: "127.0.0.1", port: 0, cf: false, log: new Log(0), handleRuntimeStdio: quiet, workers });
await miniflare.ready;
const kv = await miniflare.getKVNamespace("SITES", "edge");
for (const hostname of [site.hostname, ...site.aliases]) await kv.put(`site:${hostname}`, text("site.json"));
await kv.put(`redirects:${site.redirect_index}`, new Uint8Array(readFileSync(join(folder, "10k.index"))).buffer);

const urls = {};
for (const name of NAMES) urls[name] = (await miniflare.unsafeGetDirectURL(name)).href;
process.stdout.write(JSON.stringify(urls) + "\n");

process.stdin.on("end", async () => {
  await miniflare.dispose();
  process.exit(0);
}).resume();
