// Runs prepared golden cases, one JSON object per line on stdin, through the
// Wasm module as the Worker loads it, and prints each plan as a line of JSON
// holding base64. See golden_test.go.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Instance } from "../worker/instance.mjs";
import { decodePlan } from "../worker/wire.mjs";

const [wasm, hopKey, roomKeys] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  const instance = new Instance(module, hopKey, c.no_room_keys ? "" : roomKeys);
  switch (c.knows) {
    case "": {
      const fault = instance.load(c.hostname, Buffer.from(c.document, "base64"), c.loaded_at);
      if (fault) throw new Error(fault);
      break;
    }
    case "absent":
      instance.absent(c.hostname, c.loaded_at);
      break;
    case "unavailable":
      instance.keep(c.hostname, c.loaded_at);
      break;
  }
  for (const [room, published] of Object.entries(c.rooms ?? {})) {
    if (published === null) instance.roomAbsent(room, c.now);
    else if (instance.loadRoom(room, Buffer.from(JSON.stringify(published)), c.now)) throw new Error(room);
  }
  for (const [room, answer] of Object.entries(c.answers ?? {})) {
    if (instance.roomAnswer(room, Buffer.from(answer, "base64"), c.now)) throw new Error(room);
  }
  let text = Buffer.from(c.request, "base64").toString();
  // The shell says so when a request does not fit; make it not fit.
  if (c.cut) text += "x-padding:" + "a".repeat(64 << 10) + "\n";
  const options = { trace: true, random: Buffer.from(c.random, "base64") };
  c.asked_before?.forEach((ago, i) => {
    const { head } = instance.decide(text, c.now - ago, options);
    if (i + 1 === c.asked_before.length && c.exceeded) instance.exceeded(decodePlan(head).count, c.now - ago);
  });
  const { head, bodyAt } = instance.decide(text, c.now, { ...options, again: c.again });
  const body = instance.body(bodyAt, decodePlan(head).bodyLength);
  console.log(JSON.stringify(Buffer.concat([Buffer.from(head), body]).toString("base64")));
}
