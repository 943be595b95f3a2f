// Keeps an EventSource open and tells what it says. Reconnects for ever, waiting longer each time, and asks for what
// changed meanwhile; closes while nobody looks at the page.
import { waitBefore } from "../api.js";

const hidden = 60_000; // milliseconds out of sight before the stream is closed

/** The address of a stream that goes on after an event; below 0: from the beginning. */
export const streamAfter = (url, seq) => (seq < 0 ? url : `${url}?after=${seq}`);

/**
 * Follows url. on = { event(kind, data) → whether deltas were missed, known() → number of the last event known,
 * status("live" | "connecting" | "offline") }.
 */
export function follow(url, on) {
  let source, timer, failures = 0, sleeper;

  function open(after = on.known()) {
    clearTimeout(timer);
    source?.close();
    on.status("connecting");
    source = new EventSource(streamAfter(url, after));
    for (const kind of ["snapshot", "delta"]) {
      source.addEventListener(kind, ({ data }) => {
        failures = 0;
        on.status("live");
        if (on.event(kind, JSON.parse(data))) open(-1); // a gap: begin again from a snapshot
      });
    }
    source.onerror = () => {
      source.close();
      failures++;
      on.status(failures > 2 ? "offline" : "connecting");
      timer = setTimeout(() => open(), waitBefore(failures));
    };
  }
  function close() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleeper);
    if (document.hidden) sleeper = setTimeout(close, hidden);
    else if (!source || source.readyState === EventSource.CLOSED) open();
  });
  addEventListener("online", () => { if (source?.readyState !== EventSource.OPEN) open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
  return close;
}
