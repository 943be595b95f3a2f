// Areas whose places have no numbers: how many, not which. Each is a line above the map and the list with a button to
// add and one to take off.

/** The places of a hold request: seats by name, areas by number. Pure. */
export function request(ids, plan) {
  const seats = [], general = new Map();
  for (const id of ids) {
    const seat = plan.byId.get(id);
    if (seat.kind === "general") general.set(seat.sectionId, (general.get(seat.sectionId) ?? 0) + 1);
    else seats.push(id);
  }
  return { seats, ...(general.size > 0 && { general: [...general].map(([section, count]) => ({ section, count })) }) };
}

/**
 * Who has which place of a hold, as [id, type] pairs. The house says which places of an area they are: the price types
 * that were chosen there go to them in turn. Pure.
 */
export function settleTypes(wanted, held, plan) {
  const waiting = new Map();
  for (const [id, type] of wanted) {
    const seat = plan.byId.get(id);
    if (seat.kind !== "general") continue;
    waiting.set(seat.sectionId, [...(waiting.get(seat.sectionId) ?? []), type]);
  }
  return held.map((id) => {
    const seat = plan.byId.get(id);
    return [id, seat?.kind === "general" ? waiting.get(seat.sectionId)?.shift() ?? "adult" : wanted.get(id) ?? "adult"];
  });
}

/**
 * The selection with places that are gone exchanged for others of the same area, as far as there are any. Pure: returns
 * the new selection, or the same one.
 */
export function moveAlong(selection, gone, plan, free) {
  let next = selection;
  for (const id of gone) {
    const seat = plan.byId.get(id);
    if (seat.kind !== "general") continue;
    const other = plan.areas.find((a) => a.id === seat.sectionId).places.find((p) => !next.has(p.id) && free(p));
    if (other) next = new Map([...next].map(([key, type]) => [key === id ? other.id : key, type]));
  }
  return next;
}

/**
 * Draws the areas in root. house = { plan, state(seat) → { state, chosen, price }, toggle(seat) }. Returns refresh(), to
 * be called when seats or the selection changed.
 */
export function buildAreas(root, house) {
  const lines = house.plan.areas.map((area) => {
    const line = document.createElement("div");
    line.className = "area";
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", area.name);
    line.dataset.area = area.id;
    const text = Object.assign(document.createElement("p"), { className: "area-name" });
    const price = document.createElement("span");
    const left = Object.assign(document.createElement("span"), { className: "muted small" });
    text.append(Object.assign(document.createElement("strong"), { textContent: area.name }), " ", price, " ", left);
    const button = (sign, says, act) => {
      const one = Object.assign(document.createElement("button"), { type: "button", className: "area-step", textContent: sign });
      one.setAttribute("aria-label", `${says}: ${area.name}`);
      one.addEventListener("click", () => { if (one.getAttribute("aria-disabled") !== "true") act(); });
      return one;
    };
    const chosen = () => area.places.filter((p) => house.state(p).chosen);
    const free = () => area.places.filter((p) => house.state(p).state === "free" && !house.state(p).chosen);
    const less = button("−", "One place fewer", () => house.toggle(chosen().at(-1)));
    const more = button("+", "One place more", () => house.toggle(free()[0]));
    const count = Object.assign(document.createElement("output"), { className: "area-count number" });
    count.dataset.testid = `count-${area.id}`;
    line.append(text, less, count, more);
    root.append(line);
    return () => {
      const n = chosen().length, rest = free().length;
      count.textContent = String(n);
      count.setAttribute("aria-label", `${n} chosen`);
      price.textContent = house.state(area.places[0]).price;
      left.textContent = rest === 0 ? (n === 0 ? "none left" : "no more left") : `${rest} left`;
      less.setAttribute("aria-disabled", String(n === 0));
      more.setAttribute("aria-disabled", String(rest === 0));
    };
  });
  root.hidden = lines.length === 0;
  return () => lines.forEach((refresh) => refresh());
}
