// The rules of the door, for a scanner that is alone. They are those of origin/ticket/scan, and a test holds both against
// the same cases. Nothing here touches the page, the network or the clock.
import { verifyAsync } from "../vendor/ed25519.js";

const STEP = 30; // seconds for which the digits on a screen are the same
const MAX_CODE = 320;
const PAYLOAD_MIN = 40; // bytes before the seat's ID
const MAX_SEAT = 80;
const SHORT = 8;

// read understands what is held before the camera, or typed: { ticket, performance, issued, rotating } with issued in
// seconds, or { error } that is malformed, unknown_key or forged.
export async function read(code, list) {
  code = code.trim();
  const short = readShort(code, list);
  if (short) return short;
  if (code.length > MAX_CODE) return { error: "malformed" };
  const parts = code.split(".");
  let rotating = "";
  if (parts.length === 5) {
    rotating = parts.pop();
    if (!/^[0-9]{6}$/.test(rotating)) return { error: "malformed" };
  }
  if (parts.length !== 4 || parts[0] !== "SD1") return { error: "malformed" };
  const payload = decode(parts[2]);
  const signature = decode(parts[3]);
  if (!payload || payload.length <= PAYLOAD_MIN || payload.length > PAYLOAD_MIN + MAX_SEAT) return { error: "malformed" };
  if (!signature || signature.length !== 64) return { error: "malformed" };
  const key = list.keys.find((one) => one.id === parts[1]);
  if (!key) return { error: "unknown_key" };
  const signed = new TextEncoder().encode(parts.slice(0, 3).join("."));
  if (!await verifyAsync(signature, signed, decode(key.key), { zip215: false }).catch(() => false)) return { error: "forged" };
  const view = new DataView(payload.buffer, payload.byteOffset);
  return {
    ticket: uuid(payload.subarray(0, 16)), performance: uuid(payload.subarray(16, 32)),
    issued: Number(view.getBigInt64(32)), rotating,
  };
}

// readShort understands a short code with or without the digits of the moment, in any case, with spaces and dashes.
function readShort(text, list) {
  if (text.length > 40 || text.includes(".")) return null;
  const plain = text.replace(/[ \-·]/g, "").toUpperCase();
  if (plain.length !== SHORT && plain.length !== SHORT + 6) return null;
  const found = list.tickets.find((one) => one.short === plain.slice(0, SHORT));
  if (!found) return { error: "malformed" };
  return { ticket: found.id, performance: list.performance, issued: 0, rotating: plain.slice(SHORT) };
}

// decode reads base64url without padding, and nothing that only looks like it; null when it can't.
function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
  const again = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return again === text ? bytes : null;
}

function uuid(bytes) {
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// rotating is the six digits of a ticket's screen at an instant, in seconds.
export async function rotating(secret, seconds) {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(seconds / STEP)));
  const sum = new Uint8Array(await crypto.subtle.sign("HMAC", key, counter));
  const at = sum[sum.length - 1] & 0x0f;
  const number = new DataView(sum.buffer).getUint32(at) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

async function fresh(secret, shown, seconds) {
  for (const off of [-STEP, 0, STEP]) if (await rotating(secret, seconds + off) === shown) return true;
  return false;
}

const when = (fact) => Date.parse(fact.offline || !fact.received_at ? fact.at : fact.received_at);
const order = (a, b) => when(a) - when(b) || (a.scan < b.scan ? -1 : a.scan > b.scan ? 1 : 0) || (a.result < b.result ? -1 : a.result > b.result ? 1 : 0);

// stand folds the facts about one ticket, in whatever order they come and however often.
export function stand(facts) {
  const seen = new Set();
  const moves = facts.filter((f) => f.result !== "refused" && !seen.has(f.scan + f.result) && seen.add(f.scan + f.result)).sort(order);
  const s = { inside: false, since: null, left: null, twice: [] };
  let entries = [];
  for (const f of moves) {
    if (f.result === "out") {
      s.inside = false;
      s.left = f;
      entries = [];
      continue;
    }
    if (s.inside && s.since.scan !== f.scan) {
      if (entries.length === 1) s.twice.push(entries[0]);
      s.twice.push(f);
    }
    s.inside = true;
    s.since = f;
    s.left = null;
    entries.push(f);
  }
  return s;
}

// OVERRULABLE are refusals about the moment, which a colleague may overrule; never those about the ticket.
export const OVERRULABLE = new Set(["already_in", "too_early", "screen_only", "stale_screen", "not_in", "no_return"]);

// decide says what is to be done with a code: { result, reason, was, ticket, listed, twice }. list is the performance's, made
// at listed (ms); facts are those of the list and the device's own; now is the house's time (ms).
export async function decide({ list, listed, facts, code, direction, now }) {
  const shown = await read(code, list);
  if (shown.error) return { result: "refused", reason: shown.error === "forged" ? "forged" : "unknown" };
  const known = list.tickets.find((one) => one.id === shown.ticket);
  const about = { ticket: shown.ticket, listed: known };
  const no = (reason, was) => ({ result: "refused", reason, was, ...about });
  if (shown.performance !== list.performance) return no("wrong_show");
  if (list.called_off) return no("called_off");
  if (!known && shown.issued < Math.floor(listed / 1000)) return no("newer_list");
  if (known && !known.alive) return no(known.dead);
  const s = stand(facts.filter((f) => f.ticket === shown.ticket));
  about.twice = s.twice;
  if (direction === "out") return s.inside ? { result: "out", ...about } : no("not_in", s.left);
  if (s.inside) return no("already_in", s.since);
  if (s.left && !list.readmission) return no("no_return", s.left);
  if (now < Date.parse(list.opens_at)) return no("too_early");
  if (list.screens_only && !shown.rotating) return no("screen_only");
  if (shown.rotating && known && !await fresh(decode(known.secret), shown.rotating, Math.floor(now / 1000))) return no("stale_screen");
  return { result: "in", ...about };
}
