// What is known of the seats: a snapshot, and the deltas after it. Pure.

/** Nothing known yet. seats holds those that are not free: "held", or "sold", as which also those count that only the box office sells. */
export const unknown = Object.freeze({ seq: -1, seats: new Map() });

const shown = (state) => (state === "withheld" ? "sold" : state);

/**
 * Takes an event of the stream. Returns { state, changed, gap }: the seats whose state changed, and whether deltas
 * were missed, so that a new snapshot is needed. A snapshot always stands, whatever its number: a house that lost its
 * counter begins again. A delta says what changed after number since
 * up to seq; one that is older than what is known changes nothing.
 */
export function take(state, kind, { seq, since, seats }) {
  if (kind === "snapshot") {
    const next = new Map(Object.entries(seats).filter(([, s]) => s !== "free").map(([id, s]) => [id, shown(s)]));
    const changed = [...new Set([...state.seats.keys(), ...next.keys()])].filter((id) => state.seats.get(id) !== next.get(id));
    return { state: { seq, seats: next }, changed, gap: false };
  }
  if (state.seq < 0) return { state, changed: [], gap: true };
  if (seq <= state.seq) return { state, changed: [], gap: false };
  if ((since ?? seq - 1) > state.seq) return { state, changed: [], gap: true };
  const next = new Map(state.seats), changed = [];
  for (const [id, said] of Object.entries(seats)) {
    const now = shown(said);
    if ((state.seats.get(id) ?? "free") === now) continue;
    if (now === "free") next.delete(id);
    else next.set(id, now);
    changed.push(id);
  }
  return { state: { seq, seats: next }, changed, gap: false };
}

/** The state of one seat. */
export const stateOf = (state, id) => state.seats.get(id) ?? "free";
