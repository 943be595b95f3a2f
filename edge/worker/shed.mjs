// How much a Durable Object takes on. It does one thing at a time, and what
// comes faster than it can be done would wait in the runtime's queue until
// everything is late. What is too much is told to come later instead.

export class Shed {
  #perSecond;
  #second = 0;
  #taken = 0;

  /** @param {number} perSecond requests taken on in each second */
  constructor(perSecond) {
    this.#perSecond = perSecond;
  }

  /**
   * Whether a request is taken on.
   * @param {number} now Unix milliseconds
   */
  admit(now) {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    return ++this.#taken <= this.#perSecond;
  }
}

/** The answer to a request that is not taken on. */
export function later() {
  return Response.json(
    { type: "about:blank", title: "Service Unavailable", status: 503, detail: "More was asked than can be done in time. Please come back." },
    { status: 503, headers: { "retry-after": "2", "content-type": "application/problem+json" } },
  );
}
