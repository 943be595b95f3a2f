// The six digits of the moment on a ticket's screen: RFC 6238 with SHA-1, as scanners and wallets count them.
export const STEP = 30; // seconds for which they are the same

/** A ticket's secret, base64url, as a key to count with. */
export function counting(secret) {
  const bytes = Uint8Array.from(atob(secret.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
}

/** The digits of a step: the seconds since 1970 divided by STEP, rounded down. */
export async function digits(key, step) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const sum = new Uint8Array(await crypto.subtle.sign("HMAC", key, counter));
  const number = new DataView(sum.buffer).getUint32(sum[sum.length - 1] & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
