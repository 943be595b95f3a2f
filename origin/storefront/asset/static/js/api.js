// Calls to /api/v1. They never throw: what goes wrong comes back as { problem }, an RFC 9457 document with a `detail`
// that can be shown.

const silence = { code: "unreachable", detail: "We couldn’t reach the box office. Please check your connection and try again." };

/** Asks the API. Returns { status, body } or { status, problem }. cache is fetch's: only what never changes may be kept. */
export async function call(method, url, body, headers = {}, cache = "no-store") {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache,
    });
  } catch {
    return { status: 0, problem: silence };
  }
  const text = await answer.text().catch(() => undefined);
  if (text === undefined) return { status: 0, problem: silence }; // it was cut off
  let read;
  try {
    read = text ? JSON.parse(text) : {};
  } catch {
    read = {};
  }
  if (answer.ok) return { status: answer.status, body: read };
  const detail = read.detail || "Something went wrong on our side. Please try again in a moment.";
  return { status: answer.status, problem: { ...read, code: read.code || "failed", detail } };
}

/** How long to wait before the n-th try in a row, in milliseconds, spread so that browsers don't all come at once. */
export const waitBefore = (n, random = Math.random()) => Math.min(1000 * 2 ** Math.min(n, 5), 20_000) * (0.5 + random / 2);

/**
 * Reads what never changes and what a page can't do without: asks again, more and more seldom, when it can't be had now.
 * again(problem) is told of each try that failed, but for the last. Returns what call returns.
 */
export async function read(url, again = () => {}, tries = 6, rest = (ms) => new Promise((go) => setTimeout(go, ms))) {
  for (let n = 0; ; n++) {
    const answer = await call("GET", url, undefined, {}, "default");
    const passing = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!passing || n + 1 >= tries) return answer;
    again(answer.problem);
    await rest(waitBefore(n));
  }
}

/** A key for one intention, kept while it is retried. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID wants a secure context
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** The JSON that the page carries under an id. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
