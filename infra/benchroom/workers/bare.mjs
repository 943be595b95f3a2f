// The least a JavaScript Worker can do for one who waits: the same answer,
// without looking at who asks.

const body = JSON.stringify({
  type: "urn:stagedoor:problem:waiting-room", title: "You are in the queue", status: 200, room: "bench", people_ahead: 1200, retry_after: 15,
  detail: "Many people would like to come in. We let them in one after another, in the order in which they came.",
});

const headers = { "content-type": "application/json", "cache-control": "no-store", "retry-after": "15", vary: "Accept, Cookie" };

export default {
  fetch() {
    return new Response(body, { headers });
  },
};
