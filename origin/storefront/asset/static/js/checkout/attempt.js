// One intention to order keeps one Idempotency-Key, through retries and reloads. A changed order is another intention.

/** The key for ordering body with a hold: the one used before for the very same body, or a new one. */
export function keyFor(storage, holdId, body, newKey) {
  const name = `sd:attempt:${holdId}`;
  const wanted = JSON.stringify(body);
  try {
    const before = JSON.parse(storage.getItem(name) ?? "null");
    if (before?.body === wanted) return before.key;
  } catch { /* not ours */ }
  const key = newKey();
  storage.setItem(name, JSON.stringify({ key, body: wanted }));
  return key;
}

/** What is wrong with a buyer's details, by field; {} when nothing is. */
export function faults({ name, email }) {
  const found = {};
  if (name.trim() === "") found.name = "Please enter your name.";
  if (email.trim() === "") found.email = "Please enter your e-mail address.";
  else if (!/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(email.trim())) found.email = "Please enter an e-mail address such as name@example.org.";
  return found;
}

/** Which field of the form an error of the API belongs to: "name", "email", a seat's index, or "seats". */
export function fieldOf(field) {
  const seat = /^seats\[(\d+)\]/.exec(field);
  if (seat) return Number(seat[1]);
  if (field.startsWith("promo_codes")) return "promo";
  return field === "name" || field === "email" ? field : "seats";
}
