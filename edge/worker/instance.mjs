// One instance of the Wasm module and the memory it shares with JavaScript.
// The module imports nothing; edge/wasm/main.go describes its exports.

import { log } from "./log.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const FLAG_CUT = 1;
const FLAG_TRACE = 2;
const FLAG_AGAIN = 4;

const LOAD_FAILED = 2;

/** Random bytes are drawn for many requests at once: each draw is a system call. */
const RANDOM_DRAW = 4096;

/** A Site document larger than this is refused; KV itself allows 25 MiB. */
const MAX_DOCUMENT = 8 << 20;

/** What a waiting room publishes is a few kilobytes, most of it revoked sessions. */
const MAX_STATE = 1 << 20;

const LINE_FEED = 10;

const NO_ROOM = "there is no room for it in the module's memory";

export class Instance {
  #exports;
  // Views of the module's memory. Growing it detaches them; then they are made anew.
  #bytes = new Uint8Array(0);
  #request;
  #randomBytes;
  #requestAt;
  #requestSize;
  #planAt;
  #randomAt;
  #randomSize;
  #random = new Uint8Array(RANDOM_DRAW);
  #draws = [];
  #drawn = 0;

  /**
   * @param {WebAssembly.Module} module
   * @param {string} hopKey its UTF-8 bytes are the key
   * @param {string} roomKeys the ring that waiting rooms sign with, "" for none
   */
  constructor(module, hopKey, roomKeys = "") {
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    const x = this.#exports;
    x._initialize();
    this.#requestAt = x.request();
    this.#requestSize = x.request_size();
    this.#planAt = x.plan();
    this.#randomAt = x.random();
    this.#randomSize = x.random_size();
    for (let from = 0; from + this.#randomSize <= RANDOM_DRAW; from += this.#randomSize) {
      this.#draws.push(this.#random.subarray(from, from + this.#randomSize));
    }
    this.#drawn = this.#draws.length;
    if (x.start(this.#write(`${hopKey}\n${roomKeys}`))) return;
    // Sites are worth more than rooms, each of which says what happens to its
    // visitors when there is no key.
    if (roomKeys === "" || !x.start(this.#write(hopKey))) throw new Error("HOP_KEY is missing or shorter than 16 bytes");
    log("ERROR", "ROOM_KEYS cannot be used; waiting rooms run without a key, open or closed as each says");
  }

  /** The module's exports, for fault injection. */
  get exports() {
    return this.#exports;
  }

  /** Bytes of memory in use, for measuring growth. */
  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * Decides a request in wire form (see request.mjs).
   * @param {string} text
   * @param {number} now Unix milliseconds
   * @param {{ trace?: boolean, again?: boolean, random?: Uint8Array }} [options]
   *   again: this request was decided before, and could not be carried out as planned
   * @returns {{ head: string, bodyAt: number }} the plan's head, and where its body stands until the next call
   */
  decide(text, now, options) {
    this.#memory();
    const { read, written } = encoder.encodeInto(text, this.#request);
    this.#randomBytes.set(options?.random ?? this.#draw());
    let flags = options?.trace ? FLAG_TRACE : 0;
    if (options?.again) flags |= FLAG_AGAIN;
    if (read < text.length) flags |= FLAG_CUT;
    const headLength = this.#exports.decide(written, flags, now);

    const after = this.#memory(); // deciding may have grown it
    const bodyAt = this.#planAt + headLength;
    const head = decoder.decode(after.subarray(this.#planAt, bodyAt));
    return { head, bodyAt };
  }

  /** The body of the plan just made, copied out of the module's memory. */
  body(at, length) {
    return this.#memory().slice(at, at + length);
  }

  /**
   * Takes a document as the Site of a hostname.
   * @param {Uint8Array} document
   * @returns {string} what was wrong with it, "" if nothing
   */
  load(hostname, document, now) {
    if (document.length > MAX_DOCUMENT) {
      this.keep(hostname, now);
      return `the document has ${document.length} bytes, more than ${MAX_DOCUMENT}`;
    }
    const at = this.#exports.reserve(document.length);
    if (at === 0) {
      this.keep(hostname, now);
      return NO_ROOM;
    }
    this.#memory().set(document, at);
    if (this.#exports.load(this.#write(hostname), document.length, now) !== LOAD_FAILED) return "";
    return this.#fault();
  }

  /**
   * The sum of the compiled redirect index that the Site of a hostname names
   * and that is not loaded, "" if it lacks none.
   */
  wantedRedirects(hostname, now) {
    const length = this.#exports.wanted(this.#write(hostname), now);
    return decoder.decode(this.#memory().subarray(this.#planAt, this.#planAt + length));
  }

  /**
   * Takes a compiled redirect index. It is copied into the module's memory and
   * read there; nothing is made of it.
   * @param {string} sum
   * @param {Uint8Array} index
   * @returns {string} what was wrong with it, "" if nothing
   */
  loadRedirects(sum, index) {
    const at = this.#exports.reserve_redirects(index.length);
    if (at === 0) return NO_ROOM;
    this.#memory().set(index, at);
    return this.#exports.redirects(this.#write(sum), index.length) === LOAD_FAILED ? this.#fault() : "";
  }

  /** Bytes the module has allocated so far, for measuring. */
  get allocatedBytes() {
    return this.#exports.allocated();
  }

  /** Notes that a hostname has no Site. */
  absent(hostname, now) {
    this.#exports.absent(this.#write(hostname), now);
  }

  /** Notes that the Site of a hostname could not be fetched. */
  keep(hostname, now) {
    this.#exports.keep(this.#write(hostname), now);
  }

  /**
   * Notes that a counter shared by all isolates is over its limit.
   * @param {string} count its name, as a plan has it
   */
  exceeded(count, now) {
    this.#exports.exceeded(this.#write(count), now);
  }

  /**
   * Takes what a waiting room published.
   * @param {string} room
   * @param {Uint8Array} state
   * @returns {string} what was wrong with it, "" if nothing
   */
  loadRoom(room, state, now) {
    const at = state.length > MAX_STATE ? 0 : this.#exports.reserve(state.length);
    if (at === 0) {
      this.roomKeep(room, now);
      return NO_ROOM;
    }
    this.#memory().set(state, at);
    return this.#exports.room(this.#write(room), state.length, now) === LOAD_FAILED ? this.#fault() : "";
  }

  /**
   * What a waiting room is to be asked, and told of what was counted for it.
   * @param {string} room
   * @returns {{ gate: string, message: Uint8Array } | null} the name of the gate to ask; null when it is not due
   */
  roomAsk(room, now) {
    const length = this.#exports.room_ask(this.#write(room), now);
    if (length === 0) return null;
    const question = this.#memory().slice(this.#planAt, this.#planAt + length);
    const nameLength = question.indexOf(LINE_FEED);
    return { gate: decoder.decode(question.subarray(0, nameLength)), message: question.subarray(nameLength + 1) };
  }

  /**
   * Takes what a gate of a waiting room answered.
   * @param {string} room
   * @param {Uint8Array} answer
   * @returns {string} what was wrong with it, "" if nothing
   */
  roomAnswer(room, answer, now) {
    const at = answer.length > MAX_STATE ? 0 : this.#exports.reserve(answer.length);
    if (at === 0) return NO_ROOM;
    this.#memory().set(answer, at);
    return this.#exports.room_answer(this.#write(room), answer.length, now) === LOAD_FAILED ? this.#fault() : "";
  }

  /**
   * Gives up the pass that a visitor of a waiting room holds.
   * @param {string} room
   * @param {string} cookies theirs, those just set before the others
   * @returns {string} the set-cookie that takes the pass from them, "" if there is none
   */
  roomRelease(room, cookies, now) {
    const idLength = encoder.encode(room).length;
    const length = this.#exports.room_release(idLength, this.#write(room + cookies) - idLength, now);
    return decoder.decode(this.#memory().subarray(this.#planAt, this.#planAt + length));
  }

  /** Notes that a waiting room publishes nothing. */
  roomAbsent(room, now) {
    this.#exports.room_absent(this.#write(room), now);
  }

  /** Notes that the state of a waiting room could not be fetched. */
  roomKeep(room, now) {
    this.#exports.room_keep(this.#write(room), now);
  }

  /** What the call that failed says was wrong. */
  #fault() {
    const memory = this.#memory();
    return decoder.decode(memory.subarray(this.#planAt, memory.indexOf(0, this.#planAt)));
  }

  /** Writes a short string where requests go and returns its length. */
  #write(text) {
    this.#memory();
    return encoder.encodeInto(text, this.#request).written;
  }

  /** A view of all of the memory; it sees to the others as well. */
  #memory() {
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
      this.#request = this.#bytes.subarray(this.#requestAt, this.#requestAt + this.#requestSize);
      this.#randomBytes = this.#bytes.subarray(this.#randomAt, this.#randomAt + this.#randomSize);
    }
    return this.#bytes;
  }

  #draw() {
    if (this.#drawn === this.#draws.length) {
      crypto.getRandomValues(this.#random);
      this.#drawn = 0;
    }
    return this.#draws[this.#drawn++];
  }
}
