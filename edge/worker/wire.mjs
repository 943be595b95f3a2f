// The text form of requests and plans; edge/wire describes it.

/**
 * A request in wire form.
 * @param {Request} request
 * @param {string} downPools pools that other requests could not reach of late
 * @param {string} failedPools pools it was already sent to in vain, "*" for all
 */
export function encodeRequest(request, downPools, failedPools) {
  const headers = request.headers;
  // Cloudflare sets the header and overwrites a visitor's; on a developer's
  // machine there is nobody but the developer to set it.
  const address = headers.get("cf-connecting-ip") ?? "127.0.0.1";
  let text = `${request.method}\n${request.url}\n${address}\n${networkOf(request.cf)}\n${downPools}\n${failedPools}\n`;
  for (const [name, value] of headers) text += `${name}:${value}\n`;
  return text;
}

/** What Cloudflare knows of where a request comes from. */
function networkOf(cf) {
  if (!cf) return "- - - 0 -";
  const bot = cf.botManagement;
  const verified = bot?.verifiedBot || cf.verifiedBotCategory ? 1 : 0;
  return `${cf.country ?? "-"} ${cf.asn ?? "-"} ${bot?.score ?? "-"} ${verified} ${REGIONS[cf.continent] ?? "-"}`;
}

/** The region of ours that is nearest to each continent. */
const REGIONS = { EU: "eu-west", AF: "eu-west", NA: "us-east", SA: "us-east", AS: "eu-west", OC: "us-west" };

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
 * Applies the header changes that stand in lines from at.
 * @param {string[]} lines
 * @param {Headers} headers
 */
export function applyChanges(lines, at, headers) {
  const end = at + 1 + 2 * Number(lines[at]);
  for (let i = at + 1; i < end; i += 2) {
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
