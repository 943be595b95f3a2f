// The way to the house: asking it about a scan, telling it what was decided without it, and fetching the list. It knows how
// far this device's clock is off.
const PATIENCE = 3000; // ms for which somebody at the door waits for the house's word
const BATCH = 200;

// Away says that the house could not be asked: the device decides alone. SignedOut says that it does not know us any more.
export class Away extends Error {}
export class SignedOut extends Away {}
// Refusal is the house's word on what was wrong with what it was sent.
export class Refusal extends Error {}

export class House {
  #base;
  #tag = "";
  offset = 0; // ms to add to this device's clock

  constructor(base) { this.#base = base; }

  now() { return Date.now() + this.offset; }

  async #ask(path, options = {}, patience = PATIENCE) {
    const began = Date.now();
    let answer;
    try {
      answer = await fetch(this.#base + path, { ...options, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(patience) });
    } catch (error) {
      throw new Away(String(error));
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut("signed out");
    if (answer.status >= 500 || answer.status === 429) throw new Away(`status ${answer.status}`);
    if (answer.status === 403) throw new SignedOut("not allowed");
    if (!answer.ok && answer.status !== 304) {
      const said = await answer.json().catch(() => ({}));
      throw new Refusal(said.detail ?? `The house answered ${answer.status}.`);
    }
    return { answer, middle: (began + Date.now()) / 2 };
  }

  #setClock(now, middle) {
    const at = Date.parse(now ?? "");
    if (Number.isFinite(at)) this.offset = at - middle;
  }

  // list is the performance's list, or null when the one we have is as new.
  async list(have) {
    const headers = have && this.#tag ? { "If-None-Match": this.#tag } : {};
    const { answer, middle } = await this.#ask("/list", { headers }, 15_000);
    this.#setClock(answer.headers.get("Stagedoor-Now"), middle);
    if (answer.status === 304) return null;
    let list;
    try {
      list = await answer.json();
    } catch (error) {
      throw new Away(String(error));
    }
    this.#tag = answer.headers.get("ETag") ?? "";
    return list;
  }

  async admit(scan) {
    const { answer, middle } = await this.#ask("/scan", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(scan) });
    let verdict;
    try {
      verdict = await answer.json();
    } catch (error) {
      throw new Away(String(error));
    }
    this.#setClock(verdict.now, middle);
    return verdict;
  }

  // tell sends facts in turns and calls kept with those that the house has.
  async tell(facts, kept) {
    const rejected = [];
    for (let at = 0; at < facts.length; at += BATCH) {
      const batch = facts.slice(at, at + BATCH);
      const { answer } = await this.#ask("/facts", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ facts: batch.map(({ told, ...f }) => f) }),
      }, 20_000);
      const said = await answer.json().catch((error) => { throw new Away(String(error)); });
      rejected.push(...said.rejected);
      const refused = new Set(said.rejected.map((r) => r.scan)); // stay here: nobody else knows of them
      await kept(batch.filter((f) => !refused.has(f.scan)));
    }
    return rejected;
  }
}
