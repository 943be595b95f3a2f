// When to ask somebody again who did not answer.

/** The first pause, and the longest, before jitter. */
const FIRST_MS = 1000;
const LONGEST_MS = 8000;

export class Backoff {
  #failures = 0;
  #until = 0;
  #random;

  /** @param {() => number} random in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** When to ask again, in Unix milliseconds; 0: at once. */
  get until() {
    return this.#until;
  }

  /** Whether they should be left alone. */
  pausing(now) {
    return now < this.#until;
  }

  answered() {
    this.#failures = 0;
    this.#until = 0;
  }

  /**
   * @param {number} now
   * @param {number} [atLeastMs] what they asked for
   */
  failed(now, atLeastMs = 0) {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures++;
    this.#until = now + Math.max(atLeastMs, Math.round(longest * (0.5 + this.#random() / 2)));
  }
}

/** An answer that is none, with what it says about coming back. */
export class Refused extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(`it answered ${response.status}`);
    const seconds = Number(response.headers.get("retry-after"));
    this.retryMs = seconds > 0 && seconds < 60 ? seconds * 1000 : 0;
    this.status = response.status;
  }
}
