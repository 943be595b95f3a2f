// What a Durable Object must not forget, as rows of bytes by key, in its SQLite
// storage. Writes that follow each other without an await are one transaction,
// and nothing that the object answers leaves it before they are on disk
// (https://developers.cloudflare.com/durable-objects/reference/in-memory-state/).

/** A row may have 2 MB; keys are short. */
const MAX_VALUE = 1_900_000;

export class Rows {
  #sql;

  /** @param {DurableObjectStorage} storage */
  constructor(storage) {
    this.#sql = storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
  }

  /** Every row, in the order of keys. */
  *all() {
    for (const { key, value } of this.#sql.exec("SELECT key, value FROM rows ORDER BY key")) {
      yield { key, value: new Uint8Array(value) };
    }
  }

  /** The value of a key, undefined when there is none. */
  get(key) {
    const found = this.#sql.exec("SELECT value FROM rows WHERE key = ?", key).toArray();
    return found.length === 0 ? undefined : new Uint8Array(found[0].value);
  }

  /**
   * @param {string} key
   * @param {Uint8Array} value
   */
  put(key, value) {
    if (value.length > MAX_VALUE) throw new Error(`the row ${key} has ${value.length} bytes, more than ${MAX_VALUE}`);
    this.#sql.exec("INSERT OR REPLACE INTO rows (key, value) VALUES (?, ?)", key, value);
  }

  delete(key) {
    this.#sql.exec("DELETE FROM rows WHERE key = ?", key);
  }
}
