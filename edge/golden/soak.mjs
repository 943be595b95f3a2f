// Decides many requests and loads many changed documents in one instance, and
// prints how much memory it has before and after, as JSON. See golden_test.go.

import { readFileSync } from "node:fs";
import { Instance } from "../worker/instance.mjs";

const [wasm, hopKey, site] = process.argv.slice(2);
const DECISIONS = 20_000;
const LOADS = 300;
const HOSTNAME = "www.lyceum.example";

const document = JSON.parse(readFileSync(site, "utf8"));
const instance = new Instance(new WebAssembly.Module(readFileSync(wasm)), hopKey);
const paths = ["/whats-on?day=2", "/robots.txt", "/panto?utm_source=x", "//evil.example", "/show/hamlet/book", "/%zz"];

function round(now) {
  for (let i = 0; i < LOADS; i++) {
    const text = JSON.stringify({ ...document, name: `Lyceum ${now} ${i}` });
    const fault = instance.load(HOSTNAME, new TextEncoder().encode(text), now);
    if (fault) throw new Error(fault);
  }
  for (let i = 0; i < DECISIONS; i++) {
    const { head } = instance.decide(`GET\nhttps://${HOSTNAME}${paths[i % paths.length]}\n203.0.113.7\n- - - 0 -\n\n\naccept:text/html\n`, now);
    if (head.startsWith("load") || head.includes("request.malformed")) throw new Error("the site was lost, or the request is not in wire form");
  }
  return instance.memoryBytes;
}

// The heap doubles when a large object finds no gap: that takes a few rounds
// to settle.
for (let i = 0; i < 4; i++) round(1e12 + i * 1e10);
console.log(JSON.stringify({ first: round(1.1e12), then: [round(1.2e12), round(1.3e12), round(1.4e12)] }));
