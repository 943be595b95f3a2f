import assert from "node:assert/strict";
import { test } from "node:test";
import { Cache } from "../cache.mjs";
import { Epochs } from "../epochs.mjs";

const plan = (path, tags) => ({
  hostname: "lyceum.example", cacheKey: `https://lyceum.example:8787/~page~en-GB~GBP~${path}`, cacheTags: tags,
  cacheTTL: 60, cacheStale: 0, cacheFill: true, lines: ["0"], responseAt: 0,
});
const hamlet = () => plan("/shows/hamlet?x=/~page", "lyceum,lyceum-page,lyceum-show-hamlet");
const tosca = () => plan("/shows/tosca", "lyceum,lyceum-page,lyceum-show-tosca");

function knowing(epochs) {
  const all = new Epochs();
  all.learn("lyceum.example", new TextEncoder().encode(JSON.stringify({ version: 1, cache_epochs: epochs })));
  return all;
}

test("a key has the generation of what it is tagged with, and of nothing else", () => {
  const config = "3f9a";
  const before = knowing({ config, tags: { lyceum: 2 } });
  assert.equal(knowing({ config }).keyOf(tosca()), knowing({ config, tags: { "lyceum-show-hamlet": 1 } }).keyOf(tosca()));
  const after = knowing({ config, tags: { lyceum: 2, "lyceum-show-hamlet": 1, constructor: 7 } });
  assert.equal(after.keyOf(hamlet()), "https://lyceum.example:8787/~3f9a.2.0.1~page~en-GB~GBP~/shows/hamlet?x=/~page");
  assert.notEqual(before.keyOf(hamlet()), after.keyOf(hamlet()));
  assert.equal(before.keyOf(tosca()), after.keyOf(tosca()));
  for (const other of [{ config: "3f9b", tags: { lyceum: 2 } }, { config, tags: { lyceum: 3 } }, { config, tags: { lyceum: 2, "lyceum-page": 1 } }, { config }]) {
    assert.notEqual(knowing(other).keyOf(tosca()), before.keyOf(tosca()));
  }
});

test("a site that says nothing of epochs, an unknown one and what is not shared keep the plan's key", () => {
  assert.equal(knowing(undefined).keyOf(hamlet()), hamlet().cacheKey);
  assert.equal(new Epochs().keyOf(hamlet()), hamlet().cacheKey);
  assert.equal(knowing({ config: "3f9a" }).keyOf({ ...hamlet(), cacheKey: "" }), "");
  const gone = knowing({ config: "3f9a" });
  gone.forget("lyceum.example");
  assert.equal(gone.keyOf(hamlet()), hamlet().cacheKey);
});

test("what was asked for before a purge and comes after it is not found", async () => {
  const kept = new Map();
  const cache = new Cache({ match: async (key) => kept.get(key)?.clone(), put: async (key, response) => void kept.set(key, response) });
  const work = [];
  const ctx = { waitUntil: (promise) => work.push(promise) };
  const asked = (epochs) => {
    const one = hamlet();
    one.cacheKey = epochs.keyOf(one);
    return one;
  };
  const old = knowing({ config: "3f9a" });
  const slow = asked(old);
  const fresh = knowing({ config: "3f9a", tags: { "lyceum-show-hamlet": 1 } });
  cache.keep(slow, "GET", new Response("yesterday's price"), ctx); // purged between the question and the answer
  await Promise.all(work);
  const request = new Request("https://lyceum.example/shows/hamlet");
  assert.equal(await (await cache.find(request, asked(old))).response.text(), "yesterday's price");
  assert.equal(await cache.find(request, asked(fresh)), null);
});
