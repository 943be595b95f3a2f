// Says which generation of shared answers a site is in. Cloudflare keeps what
// the Cache API is given in each data centre by itself, so that nothing can
// be taken out of all of them at the moment a page changes. What is kept is
// therefore kept under a key that has the generation in it: as soon as a Site
// document with another one is in use here, what was kept before is not found
// any more, and what is still being fetched for it is not found later either.

const decoder = new TextDecoder();

export class Epochs {
  #sites = new Map();

  /**
   * Takes over what a Site document says, which is valid JSON by now.
   * @param {string} hostname
   * @param {Uint8Array} document
   */
  learn(hostname, document) {
    const epochs = JSON.parse(decoder.decode(document)).cache_epochs;
    if (epochs === undefined) return this.forget(hostname);
    this.#sites.set(hostname, { config: epochs.config ?? "", tags: new Map(Object.entries(epochs.tags ?? {})) });
  }

  /** @param {string} hostname */
  forget(hostname) {
    this.#sites.delete(hostname);
  }

  /**
   * Where the answer to a plan is kept, "" if nowhere: under the plan's key and
   * the generation of everything that the answer is tagged with.
   * @param {ReturnType<import("./wire.mjs").decodePlan>} plan
   */
  keyOf({ cacheKey, cacheTags, hostname }) {
    const epochs = this.#sites.get(hostname);
    if (cacheKey === "" || epochs === undefined) return cacheKey;
    let generation = epochs.config;
    for (const tag of cacheTags.split(",")) generation += `.${epochs.tags.get(tag) ?? 0}`;
    // It begins the path, before the class and what a visitor had a say in.
    const path = cacheKey.indexOf("/~");
    return `${cacheKey.slice(0, path)}/~${generation}${cacheKey.slice(path + 1)}`;
  }
}
