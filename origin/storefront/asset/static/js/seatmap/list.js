// The same seats as a list: sections, rows, check boxes. It does everything the map does, for those who would rather
// read than look. A section is filled when it is opened: two thousand boxes at once would help nobody.
import { seatCount } from "./words.js";

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * Builds the list in root. house = { plan, state(seat) → { state, chosen, price }, toggle(seat) }.
 * Returns refresh(ids), to be called when seats changed.
 */
export function buildList(root, house) {
  const boxes = new Map(); // seat ID → { input, item, note }
  const counts = new Map(); // section ID → element
  const filter = make("select", { id: "list-filter", className: "inline" });
  for (const [value, text] of [["", "Every free seat"], ["full", "Full view only"], ["access", "Wheelchair and companion places"]]) filter.append(new Option(text, value));
  root.append(make("div", { className: "list-filter" }, make("label", { htmlFor: "list-filter", textContent: "Show" }), filter));

  for (const section of house.plan.sections) {
    const count = make("span", { className: "list-count" });
    counts.set(section, count);
    const body = make("div", { className: "list-body" });
    const part = make("details", { className: "list-section" }, make("summary", {}, make("span", { className: "list-name", textContent: section.name }), count), body);
    part.dataset.section = section.id;
    part.addEventListener("toggle", () => { if (part.open && !body.hasChildNodes()) fill(section, body); });
    root.append(part);
  }
  filter.addEventListener("change", () => refresh(house.plan.seats.map((s) => s.id)));
  root.addEventListener("change", ({ target }) => {
    const seat = house.plan.byId.get(target.dataset?.listSeatId);
    if (seat) house.toggle(seat);
  });

  function fill(section, body) {
    for (const row of section.rows) {
      const items = make("ul", { className: "list-seats" });
      const group = make("fieldset", { className: "list-row" }, make("legend", { textContent: `Row ${row.label}` }), items);
      for (const seat of row.seats) {
        const input = make("input", { type: "checkbox", id: `list-${seat.id}` });
        input.dataset.listSeatId = seat.id;
        const note = make("span", { className: "list-note" });
        const label = make("label", { htmlFor: input.id }, make("span", { className: "list-number", textContent: seat.label }), note);
        const item = make("li", {}, input, label);
        boxes.set(seat.id, { seat, input, item, note, group });
        items.append(item);
      }
      body.append(group);
    }
    refresh(section.seats.map((s) => s.id));
  }

  function wanted(seat) {
    if (filter.value === "full") return !seat.restricted && seat.kind === "standard";
    if (filter.value === "access") return seat.kind !== "standard";
    return true;
  }

  function refresh(ids) {
    const groups = new Set();
    for (const id of ids) {
      const box = boxes.get(id);
      if (!box) continue;
      const { state, chosen, price } = house.state(box.seat);
      const free = state === "free";
      box.input.checked = chosen;
      box.input.disabled = !free && !chosen;
      const about = [free ? price : "taken"];
      if (box.seat.kind === "wheelchair") about.push("wheelchair space");
      if (box.seat.kind === "companion") about.push("companion seat");
      if (box.seat.restricted) about.push("restricted view");
      box.note.textContent = about.join(", ");
      // A seat that was taken while its box had the focus stays where it is, and says so.
      box.item.hidden = !chosen && (!free || !wanted(box.seat)) && document.activeElement !== box.input;
      groups.add(box.group);
    }
    for (const group of groups) group.hidden = ![...group.querySelectorAll("li")].some((item) => !item.hidden);
    for (const [section, element] of counts) {
      const free = section.seats.filter((s) => house.state(s).state === "free").length;
      element.textContent = free === 0 ? "none free" : `${seatCount(free)} free`;
    }
  }
  refresh([]);
  return refresh;
}
