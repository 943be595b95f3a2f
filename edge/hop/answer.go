package hop

// HeaderAnswered stands in every answer of the origin's own program, errors
// included. A 502, 503 or 504 without it comes from something in between, such
// as a load balancer with nothing behind it, and counts against the pool. The
// edge takes it out. edge/worker/health.mjs has it too.
const HeaderAnswered = "X-Stagedoor-Answered"
