// Requests in wire form, as far as only the shell knows what goes into them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePlan, encodeRequest } from "../wire.mjs";

/** A request as Workers have it, with what Cloudflare knows of where it comes from. */
function requestFrom(cf) {
  return Object.assign(new Request("https://lyceum.example/", { headers: { "cf-connecting-ip": "203.0.113.7", "x-request-id": "the visitor's" } }), { cf });
}

const networkOf = (cf) => encodeRequest(requestFrom(cf), "", "").split("\n")[3];

test("the region is the one nearest to the visitor", () => {
  for (const [cf, region] of [
    [{ continent: "EU" }, "eu-west"], [{ continent: "AF" }, "eu-west"], [{ continent: "SA" }, "us-east"],
    [{ continent: "NA", longitude: "-74.0" }, "us-east"], [{ continent: "NA", longitude: "-122.4" }, "us-west"], [{ continent: "NA" }, "us-east"],
    [{ continent: "AS" }, "ap-southeast"], [{ continent: "OC" }, "ap-southeast"], [{ continent: "AN" }, "-"], [{}, "-"],
  ]) {
    assert.equal(networkOf(cf).split(" ")[4], region, JSON.stringify(cf));
  }
});

test("what Cloudflare does not say is unknown", () => {
  assert.equal(networkOf(undefined), "- - - 0 -");
  assert.equal(networkOf({ country: "GB", asn: 5089, botManagement: { score: 3, verifiedBot: true }, continent: "EU" }), "GB 5089 3 1 eu-west");
});

test("a request that is sent elsewhere stays in its trace, ahead of what the visitor said", () => {
  const head = ["proxy", "lyceum.example", "0", "", "0", "0", "a", "http://a", "/", "", "0", "0", "", "0", "", "", "2", "=traceparent", "00-1-2-01", "=X-Request-Id", "ours", "0", "0"];
  const before = decodePlan(head.join("\n") + "\n");
  assert.equal(before.requestAt, 16);
  const lines = encodeRequest(requestFrom({}), "http://b", "a", before).split("\n");
  assert.deepEqual(lines.slice(4, 8), ["http://b", "a", "traceparent:00-1-2-01", "x-request-id:ours"]);
  assert(lines.indexOf("x-request-id:the visitor's") > 7);
});
