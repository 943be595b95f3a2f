// The text form of requests and plans; edge/wire describes it.

/**
 * A request in wire form.
 * @param {Request} request
 * @param {string} downPools pools that other requests could not reach of late
 * @param {string} failedPools pools it was already sent to in vain, "*" for all
 * @param {ReturnType<typeof decodePlan> | null} before the plan that was carried out in vain, if there was one
 */
export function encodeRequest(request, downPools, failedPools, before = null) {
  const headers = request.headers;
  // Cloudflare sets the header and overwrites a visitor's; on a developer's
  // machine there is nobody but the developer to set it.
  const address = headers.get("cf-connecting-ip") ?? "127.0.0.1";
  let text = `${request.method}\n${request.url}\n${address}\n${networkOf(request.cf)}\n${downPools}\n${failedPools}\n`;
  // The first field of a name counts: it stays the same request, in the same
  // trace, wherever it is sent.
  if (before !== null) {
    text += `traceparent:${plannedHeader(before, "traceparent")}\nx-request-id:${plannedHeader(before, "X-Request-Id")}\n`;
  }
  // An iterator takes more than twice as long: each step of it is a call into the runtime.
  headers.forEach((value, name) => {
    text += `${name}:${value}\n`;
  });
  return text;
}

/** What Cloudflare knows of where a request comes from. */
function networkOf(cf) {
  if (!cf) return "- - - 0 -";
  const bot = cf.botManagement;
  const verified = bot?.verifiedBot || cf.verifiedBotCategory ? 1 : 0;
  return `${cf.country ?? "-"} ${cf.asn ?? "-"} ${bot?.score ?? "-"} ${verified} ${regionOf(cf)}`;
}

/** The region that is nearest to each continent, by the names that pools have in Site documents. */
const REGIONS = { EU: "eu-west", AF: "eu-west", NA: "us-east", SA: "us-east", AS: "ap-southeast", OC: "ap-southeast" };

/** West of it, the west coast of America is nearer than the east coast; degrees. */
const AMERICAS_MIDDLE = -100;

function regionOf(cf) {
  if (cf.continent === "NA" && Number(cf.longitude) < AMERICAS_MIDDLE) return "us-west";
  return REGIONS[cf.continent] ?? "-";
}

/**
 * Reads the head of a plan.
 * @param {string} head
 */
export function decodePlan(head) {
  const lines = head.split("\n");
  const plan = {
    action: lines[0],
    hostname: lines[1],
    refresh: lines[2] === "1",
    reason: lines[3],
    status: Number(lines[4]),
    bodyLength: Number(lines[5]),
    pool: lines[6],
    origin: lines[7],
    target: lines[8],
    cacheKey: lines[9],
    cacheTTL: Number(lines[10]),
    cacheStale: Number(lines[11]),
    cacheTags: lines[12],
    cacheFill: lines[13] === "1",
    count: lines[14],
    room: lines[15],
    lines,
    requestAt: 16,
    responseAt: 0,
  };
  plan.responseAt = plan.requestAt + 1 + 2 * Number(lines[plan.requestAt]);
  return plan;
}

/**
 * What a plan sets a header of the request to the origin to, "" if it does not.
 * @param {ReturnType<typeof decodePlan>} plan
 * @param {string} name as the plan writes it
 */
export function plannedHeader(plan, name) {
  const end = plan.requestAt + 1 + 2 * Number(plan.lines[plan.requestAt]);
  for (let i = plan.requestAt + 1; i < end; i += 2) {
    if (plan.lines[i] === `=${name}`) return plan.lines[i + 1];
  }
  return "";
}

/** The cookies that a plan sets, as set-cookie has them. */
export function plannedCookies(plan) {
  const cookies = [];
  const end = plan.responseAt + 1 + 2 * Number(plan.lines[plan.responseAt]);
  for (let i = plan.responseAt + 1; i < end; i += 2) {
    if (plan.lines[i] === "+set-cookie") cookies.push(plan.lines[i + 1]);
  }
  return cookies;
}

/**
 * Applies the header changes that stand in lines from at.
 * @param {string[]} lines
 * @param {Headers} headers
 * @param {string} [only] the one kind of change to apply; all without it
 */
export function applyChanges(lines, at, headers, only = "") {
  const end = at + 1 + 2 * Number(lines[at]);
  for (let i = at + 1; i < end; i += 2) {
    if (only !== "" && lines[i][0] !== only) continue;
    const name = lines[i].slice(1);
    switch (lines[i][0]) {
      case "=":
        headers.set(name, lines[i + 1]);
        break;
      case "?":
        if (!headers.has(name)) headers.set(name, lines[i + 1]);
        break;
      case "~":
        if (!headers.has(name) && headers.get("content-type")?.startsWith("text/html")) {
          headers.set(name, lines[i + 1]);
        }
        break;
      case "+":
        headers.append(name, lines[i + 1]);
        break;
      case "-":
        headers.delete(name);
        break;
    }
  }
}
