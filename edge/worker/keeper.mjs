// What both Durable Objects of a waiting room do alike: they keep a Core whose
// rows are in storage before anything it says leaves the object, and make it
// anew from there when it traps.

import { Core } from "./core.mjs";
import { log, messageOf } from "./log.mjs";
import { Rows } from "./rows.mjs";

/** An alarm that is so late will not go off any more. */
const LOST_MS = 5000;

export class Keeper {
  #ctx;
  #module;
  #start;
  #rows;
  #name;
  #core;
  #alarmAt = 0;

  /**
   * @param {DurableObjectState} ctx
   * @param {WebAssembly.Module} module
   * @param {"start_room" | "start_gate"} start
   */
  constructor(ctx, module, start) {
    this.#ctx = ctx;
    this.#module = module;
    this.#start = start;
    this.#rows = new Rows(ctx.storage);
    // An object that its alarm wakes is not told its name.
    this.#name = ctx.id.name ?? ctx.storage.kv.get("name");
  }

  /** The object's name, as whoever called it first had it. */
  get name() {
    return this.#name;
  }

  /** For fault injection. */
  get core() {
    this.#core ??= new Core(this.#module, this.#start, this.#name, this.#rows.all());
    return this.#core;
  }

  /**
   * Does something with the core and stores what changed. What traps is done
   * once more, with a core made from what is stored.
   * @template T
   * @param {(core: Core) => T} work nothing may leave the object in it
   * @returns {T}
   */
  do(work) {
    let done;
    try {
      done = work(this.core);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      log("ERROR", "a waiting room's module trapped and is made anew from storage", { object: this.#name, error: messageOf(error) });
      this.#core = undefined;
      done = this.#again(work);
    }
    this.#store();
    return done;
  }

  #again(work) {
    try {
      return work(this.core);
    } catch (error) {
      this.#core = undefined;
      throw error;
    }
  }

  #store() {
    try {
      let first = this.#ctx.storage.kv.get("name") === undefined;
      for (const { key, value } of this.core.rows()) {
        if (first) this.#ctx.storage.kv.put("name", this.#name);
        first = false;
        if (value === null) this.#rows.delete(key);
        else this.#rows.put(key, value);
      }
    } catch (error) {
      // The core takes the rows for stored. Whoever comes next meets an
      // object that begins with what really is.
      log("ERROR", "a waiting room could not be stored and begins anew from what is", { object: this.#name, error: messageOf(error) });
      this.#ctx.abort("its rows could not be stored");
      throw error;
    }
  }

  /**
   * Has the alarm go off at a time, or sooner if it is set to that. One that
   * is due is left to go off: setting it anew would call it off.
   * @param {number} at Unix milliseconds; 0: no need
   * @param {number} now
   */
  wakeBy(at, now) {
    if (at === 0 || this.#alarmAt !== 0 && this.#alarmAt <= at && now - this.#alarmAt < LOST_MS) return;
    this.#alarmAt = at;
    // Not waited for: nothing leaves the object before it is done.
    this.#ctx.waitUntil(this.#ctx.storage.setAlarm(at));
  }

  /** Notes that the alarm went off. */
  woken() {
    this.#alarmAt = 0;
  }
}
