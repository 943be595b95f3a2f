// How seats are spoken of. Pure.

export const seatName = (seat) => seat.kind === "general" ? seat.section : `${seat.section}, row ${seat.row}, ${seat.kind === "wheelchair" ? "wheelchair space" : "seat"} ${seat.label}`;

/** What is particular about a seat, or "". */
export function remarks(seat) {
  const parts = [];
  if (seat.kind === "wheelchair") parts.push("A space for a wheelchair, without a fixed seat");
  if (seat.kind === "companion") parts.push("Beside a wheelchair space, for its companion");
  if (seat.restricted) parts.push(seat.note || "Restricted view");
  else if (seat.note) parts.push(seat.note);
  return parts.join(". ");
}

/** What a screen reader says of a seat. state is "free", "held" or "sold"; mine and chosen are this visitor's. */
export function spoken(seat, { state, chosen, price }) {
  const parts = [seatName(seat)];
  if (state === "sold") parts.push("taken");
  else if (state === "held") parts.push("being bought by someone else");
  else parts.push(price);
  const more = remarks(seat);
  if (more && state === "free") parts.push(more.toLowerCase());
  if (chosen) parts.push("chosen");
  return parts.join(", ");
}

/** Joins as a sentence does. */
export function list(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

export const seatCount = (n) => (n === 1 ? "1 seat" : `${n} seats`);
