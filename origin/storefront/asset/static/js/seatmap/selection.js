// The seats a visitor has chosen, and who will sit in them. Pure: every function returns a new selection.
//
// A selection is a Map from seat ID to price type, in the order of choosing.

/** Price types a seat may be sold at: [{ id, name, note, amount }]. A companion's comes first, on companion seats only. */
export function offered(seat, { types, prices }) {
  const sold = types.filter((t) => prices[seat.band]?.[t.id] !== undefined).map((t) => ({ ...t, amount: prices[seat.band][t.id] }));
  const companion = sold.filter((t) => t.id === "companion" && seat.kind === "companion");
  return [...companion, ...sold.filter((t) => t.id !== "companion")];
}

/** Adds a seat, or takes it off. `full` says that it was not added because there are as many as allowed. */
export function toggle(selection, seat, plan, sale) {
  const next = new Map(selection);
  if (next.delete(seat.id)) return { selection: settle(next, plan, sale), full: false };
  if (next.size >= sale.max_seats) return { selection, full: true };
  next.set(seat.id, usual(seat, sale));
  return { selection: settle(next, plan, sale, seat), full: false };
}

/** Chooses who sits in a seat. */
export function setType(selection, seatId, type, plan, sale) {
  const next = new Map(selection);
  if (next.has(seatId)) next.set(seatId, type);
  return settle(next, plan, sale);
}

/** Takes seats off. */
export function without(selection, ids, plan, sale) {
  const next = new Map(selection);
  for (const id of ids) next.delete(id);
  return settle(next, plan, sale);
}

const usual = (seat, sale) => offered(seat, sale).find((t) => t.id !== "companion")?.id ?? "adult";

/**
 * Companions come free with a wheelchair space in the same part of the house, one each. When a companion's seat or a
 * space was just added, the companion price is put where it belongs; where there is no space for it, it is taken off.
 */
function settle(selection, plan, sale, added) {
  const spaces = new Map();
  for (const id of selection.keys()) {
    const seat = plan.byId.get(id);
    if (seat.kind === "wheelchair") spaces.set(seat.sectionId, (spaces.get(seat.sectionId) ?? 0) + 1);
  }
  const place = (seat) => (spaces.get(seat.sectionId) ?? 0) > 0 && spaces.set(seat.sectionId, spaces.get(seat.sectionId) - 1);
  for (const [id, type] of selection) {
    const seat = plan.byId.get(id);
    if (type === "companion" && !place(seat)) selection.set(id, usual(seat, sale));
  }
  if (added && (added.kind === "companion" || added.kind === "wheelchair")) {
    for (const [id, type] of selection) {
      const seat = plan.byId.get(id);
      const free = seat.kind === "companion" && type !== "companion" && offered(seat, sale)[0]?.id === "companion";
      if (free && place(seat)) selection.set(id, "companion");
    }
  }
  return selection;
}

/** May this seat have the companion price with what is chosen? */
export function companionAllowed(selection, seat, plan) {
  let spaces = 0, used = 0;
  for (const [id, type] of selection) {
    const other = plan.byId.get(id);
    if (other.sectionId !== seat.sectionId) continue;
    if (other.kind === "wheelchair") spaces++;
    if (type === "companion" && id !== seat.id) used++;
  }
  return spaces > used;
}

/** What it all costs, in minor units. */
export function total(selection, plan, sale) {
  let sum = 0;
  for (const [id, type] of selection) sum += sale.prices[plan.byId.get(id).band]?.[type] ?? 0;
  return sum;
}
