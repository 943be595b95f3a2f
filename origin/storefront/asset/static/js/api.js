// Calls to /api/v1. They never throw: what goes wrong comes back as { problem }, an RFC 9457 document with a `detail`
// that can be shown.

const silence = { code: "unreachable", detail: "We couldn’t reach the box office. Please check your connection and try again." };

/** Asks the API. Returns { status, body } or { status, problem }. */
export async function call(method, url, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    return { status: 0, problem: silence };
  }
  const text = await answer.text().catch(() => "");
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
