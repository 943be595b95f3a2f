// Signs, and verifies, requests with Contentful's own toolkit: a JSON array on standard input, one on standard output.
import { signRequest, verifyRequest } from "@contentful/node-apps-toolkit";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = JSON.parse(text).map(({ secret, method, path, headers, body, timestamp }) => {
  const request = { method, path, headers, body };
  const signed = signRequest(secret, request, timestamp);
  // What the toolkit itself makes of the request it has just signed: tests must not feed it what it would refuse.
  const verified = verifyRequest(secret, { ...request, headers: { ...headers, ...signed } }, 0);
  return { signed, verified };
});
process.stdout.write(JSON.stringify(answers));
