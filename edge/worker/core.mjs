// One instance of build/room.wasm, which is the whole of a waiting room's
// logic: edge/roomwasm/main.go describes its exports. Messages and rows are
// bytes that JavaScript does not look into.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Instead of the length of a row's value: the row is deleted. */
const DELETED = 0xffffffff;

/** What report says of a message. */
export const TAKEN = 1;
export const ASK = 2;
export const KNOWS_NOTHING = 4;

export class Core {
  #exports;

  /**
   * Makes one that knows what is in the rows.
   * @param {WebAssembly.Module} module
   * @param {"start_room" | "start_gate"} start
   * @param {string} name
   * @param {Iterable<{ key: string, value: Uint8Array }>} rows
   */
  constructor(module, start, name, rows) {
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    this.#exports._initialize();
    for (const row of rows) this.#exports.restore(this.#write(encodeRow(row)));
    const at = this.#exports.random();
    crypto.getRandomValues(new Uint8Array(this.#exports.memory.buffer, at, 16));
    if (!this.#exports[start](this.#write(encoder.encode(name)))) throw new Error(`${start} cannot begin ${JSON.stringify(name)} from what is stored`);
  }

  /** The module's exports, for fault injection. */
  get exports() {
    return this.#exports;
  }

  /**
   * Takes a message in.
   * @param {Uint8Array} message
   * @returns {number} 0 when it is malformed, otherwise TAKEN and more
   */
  report(message, now) {
    return this.#exports.report(this.#write(message), now);
  }

  /**
   * The answer to a message that report took in.
   * @returns {Uint8Array | null} null: there is nothing to say yet
   */
  reply(message, now) {
    return this.#read(this.#exports.reply(this.#write(message), now));
  }

  /** A gate's message for the coordinator. */
  ask(now) {
    return this.#read(this.#exports.ask(now)) ?? new Uint8Array(0);
  }

  /** Takes the coordinator's answer in. */
  heard(answer, now) {
    if (!this.#exports.heard(this.#write(answer), now)) throw new Error("the coordinator's answer is malformed");
  }

  tick(now) {
    this.#exports.tick(now);
  }

  /** When the alarm should go off, in Unix milliseconds; 0 for never. */
  wake(now) {
    return this.#exports.wake(now);
  }

  /** @param {Uint8Array} config */
  configure(config, now) {
    return this.#judge(this.#exports.configure(this.#write(config), now));
  }

  /** @param {Uint8Array} which */
  revoke(which, now) {
    return this.#judge(this.#exports.revoke(this.#write(which), now));
  }

  /** What ops see of a room, as JSON; null when it was never configured. */
  status(now) {
    return this.#read(this.#exports.status(now));
  }

  /** The state for KV; null when it need not be written. */
  mirror(now) {
    return this.#read(this.#exports.mirror(now));
  }

  mirrored(now) {
    this.#exports.mirrored(now);
  }

  /**
   * The rows to be written to storage before anything else leaves.
   * @returns {Iterable<{ key: string, value: Uint8Array | null }>} null: the row is deleted
   */
  rows() {
    const rows = this.#read(this.#exports.rows());
    return rows === null ? [] : decodeRows(rows);
  }

  #judge(status) {
    return { status, json: this.#read(this.#exports.result_length()) };
  }

  /** Writes what the next call takes and returns its length. */
  #write(bytes) {
    const at = this.#exports.reserve(bytes.length);
    if (at === 0) throw new Error(`the module has no room for ${bytes.length} bytes`);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return bytes.length;
  }

  /** Copies what a call put at output. */
  #read(length) {
    if (length === 0) return null;
    return new Uint8Array(this.#exports.memory.buffer, this.#exports.output(), length).slice();
  }
}

/** @param {{ key: string, value: Uint8Array }} row */
export function encodeRow({ key, value }) {
  const name = encoder.encode(key);
  const row = new Uint8Array(6 + name.length + value.length);
  const view = new DataView(row.buffer);
  view.setUint16(0, name.length);
  view.setUint32(2, value.length);
  row.set(name, 6);
  row.set(value, 6 + name.length);
  return row;
}

/** @param {Uint8Array} rows */
export function* decodeRows(rows) {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let at = 0; at < rows.length;) {
    const keyLength = view.getUint16(at);
    const length = view.getUint32(at + 2);
    const key = decoder.decode(rows.subarray(at + 6, at + 6 + keyLength));
    at += 6 + keyLength;
    const deleted = length === DELETED;
    yield { key, value: deleted ? null : rows.subarray(at, at + length) };
    if (!deleted) at += length;
  }
}
