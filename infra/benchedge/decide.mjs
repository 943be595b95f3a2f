// Measures the Wasm module by itself, in Node, and prints one JSON object of
// numbers. Arguments: the module, the folder with Sites and indexes, how many
// decisions to measure for each number of redirects (0: none, only budgets).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { Instance } from "../../edge/worker/instance.mjs";

const [wasm, folder, count] = process.argv.slice(2);
const HOP_KEY = "a key for measuring, no secret";
const NOW = Date.UTC(2026, 10, 21, 10);
const MISSES = 4096; // different addresses asked for

const module = new WebAssembly.Module(readFileSync(wasm));
const plans = JSON.parse(readFileSync(join(folder, "requests.json"), "utf8"));
// What everyone can repeat: gzip -9c build/edge.wasm | wc -c
const out = { wasm_gzip_bytes: execFileSync("gzip", ["-9c", wasm], { maxBuffer: 64 << 20 }).length };

function time(f) {
  const from = performance.now();
  const result = f();
  return [performance.now() - from, result];
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** An instance with the Site whose rules stand in an index; null: a Site without rules. */
function prepare(name) {
  const [instantiated, instance] = time(() => new Instance(module, HOP_KEY));
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8"));
  let index = null;
  if (name) index = new Uint8Array(readFileSync(join(folder, `${name}.index`)));
  else delete site.redirect_index;
  const document = new TextEncoder().encode(JSON.stringify(site));
  const [loaded, fault] = time(() => instance.load(site.hostname, document, NOW));
  if (fault) throw new Error(fault);
  let indexed = 0;
  if (index) {
    const [took, problem] = time(() => instance.loadRedirects(site.redirect_index, index));
    if (problem) throw new Error(problem);
    indexed = took;
  }
  return { instance, instantiated, loaded, indexed };
}

/** Bytes that a thousand decisions of each kind allocate, as a mean. */
function allocations(instance) {
  for (const { name, text } of plans) {
    for (let i = 0; i < 100; i++) instance.decide(text, NOW);
    const before = instance.allocatedBytes;
    for (let i = 0; i < 1000; i++) instance.decide(text, NOW);
    out[`allocated_bytes_${name}`] = (instance.allocatedBytes - before) / 1000;
  }
}

const sizes = count > 0 ? [["0", null], ["10k", "10k"], ["1m", "1m"]] : [["10k", "10k"]];
const prepared = sizes.map(([label, name]) => ({ label, times: [], hits: [], ...prepare(name) }));
allocations(prepared.find((p) => p.label === "10k").instance);
for (const p of prepared) out[`memory_bytes_${p.label}_redirects`] = p.instance.memoryBytes;

if (count > 0) {
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8"));
  const browser = plans.find((p) => p.name === "page").text.split("\n").slice(2).join("\n");
  const ask = (path) => `GET\nhttp://${site.hostname}${path}\n${browser}`;
  // Pages that no rule is for, all over the rules' own namespace.
  const misses = Array.from({ length: MISSES }, (_, i) => ask(`/offers/${(i * 7919) % 30}/nothing-${i * 104_729}/poster`));
  const hits = Array.from({ length: MISSES }, (_, i) => ask(`/offers/${((i * 2) % 9999) % 30}/poster-${(i * 2) % 9999}`));
  const measure = (p, list, texts, n) => {
    for (let i = 0; i < n; i++) {
      const text = texts[(i * 31) % MISSES];
      const from = performance.now();
      p.instance.decide(text, NOW);
      list.push(performance.now() - from);
    }
  };
  const ROUND = 1000; // in turns, so that what disturbs one disturbs all
  for (const p of prepared) measure(p, [], misses, 5000);
  for (let done = 0; done < count; done += ROUND) {
    for (const p of prepared) measure(p, p.times, misses, ROUND);
    for (const p of prepared) if (p.label !== "0") measure(p, p.hits, hits, ROUND / 4);
  }
  const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))] * 1000;
  for (const p of prepared) {
    p.times.sort((a, b) => a - b);
    out[`decide_us_p50_${p.label}_redirects`] = at(p.times, 0.5);
    out[`decide_us_p99_${p.label}_redirects`] = at(p.times, 0.99);
    if (p.label === "0") continue;
    p.hits.sort((a, b) => a - b);
    out[`decide_us_p50_hit_${p.label}_redirects`] = at(p.hits, 0.5);
    out[`load_index_ms_${p.label}_redirects`] = p.indexed;
  }
  const starts = Array.from({ length: 15 }, () => prepare("10k"));
  out.instantiate_ms = median(starts.map((p) => p.instantiated));
  out.load_site_ms = median(starts.map((p) => p.loaded + p.indexed));
}
console.log(JSON.stringify(out));
