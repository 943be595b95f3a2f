// What is known of the seats: a snapshot, and the deltas after it. Pure.

/** Nothing known yet. seats holds those that are not free: "held" or "sold". */
export const unknown = Object.freeze({ seq: -1, seats: new Map() });

/**
 * Takes an event of the stream. Returns { state, changed, gap }: the seats whose state changed, and whether deltas
 * were missed, so that a new snapshot is needed. A snapshot always stands, whatever its number: a house that lost its
 * counter begins again. A delta that is older than what is known changes nothing.
 */
export function take(state, kind, { seq, seats }) {
  if (kind === "snapshot") {
    const next = new Map(Object.entries(seats).filter(([, s]) => s !== "free"));
    const changed = [...new Set([...state.seats.keys(), ...next.keys()])].filter((id) => state.seats.get(id) !== next.get(id));
    return { state: { seq, seats: next }, changed, gap: false };
  }
  if (state.seq < 0) return { state, changed: [], gap: true };
  if (seq <= state.seq) return { state, changed: [], gap: false };
  if (seq > state.seq + 1) return { state, changed: [], gap: true };
  const next = new Map(state.seats), changed = [];
  for (const [id, now] of Object.entries(seats)) {
    if ((state.seats.get(id) ?? "free") === now) continue;
    if (now === "free") next.delete(id);
    else next.set(id, now);
    changed.push(id);
  }
  return { state: { seq, seats: next }, changed, gap: false };
}

/** The state of one seat. */
export const stateOf = (state, id) => state.seats.get(id) ?? "free";
