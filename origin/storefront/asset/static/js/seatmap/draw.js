// Draws the house as one SVG: sections and rows in reading order, so that what a screen reader finds makes sense.
// Everything is in plan units; the camera scales the whole drawing.
import { remarks } from "./words.js";

const space = "http://www.w3.org/2000/svg";

/** Makes an SVG element. */
export function make(name, attributes = {}, text) {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const round = (n) => Math.round(n * 10) / 10;

/**
 * Draws plan. Returns { svg, shapes, top }: the drawing, each seat's shape by ID, and the layer above the seats.
 * bands maps a price band to its place in the legend, from 1.
 */
export function drawHouse(plan, bands) {
  const svg = make("svg", {
    class: "house-drawing", width: plan.width, height: plan.height, viewBox: `0 0 ${plan.width} ${plan.height}`,
    role: "application", "aria-label": "Seat map", "aria-describedby": "map-help", focusable: "false",
  });
  svg.append(stage(plan), areas(plan));
  const shapes = new Map();
  for (const section of plan.sections) {
    const group = make("g", { role: "group", "aria-label": section.name });
    for (const row of section.rows) {
      for (const seat of row.seats) {
        const shape = drawSeat(seat, plan.spacing, bands.get(seat.band) ?? 0);
        shapes.set(seat.id, shape);
        group.append(shape);
      }
    }
    svg.append(group);
  }
  svg.append(marks(plan), rowLabels(plan), sectionNames(plan));
  const top = make("g", { class: "map-top", "aria-hidden": "true" });
  svg.append(top);
  return { svg, shapes, top };
}

function drawSeat(seat, spacing, band) {
  const r = spacing * 0.41;
  const attributes = {
    class: `seat band-${band}${seat.restricted ? " restricted" : ""}`,
    role: "checkbox", "aria-checked": "false", tabindex: "-1", "data-seat-id": seat.id, "data-band": seat.band, "data-state": "unknown",
  };
  if (seat.kind === "standard") return make("circle", { ...attributes, cx: round(seat.x), cy: round(seat.y), r: round(r) });
  return make("rect", {
    ...attributes, "data-kind": seat.kind, x: round(seat.x - r), y: round(seat.y - r), width: round(2 * r), height: round(2 * r), rx: round(r * 0.35),
  });
}

function stage(plan) {
  const { x, y, width, height } = plan.stage;
  const group = make("g", { class: "stage", "aria-hidden": "true" });
  const bow = Math.min(height * 0.35, 60);
  group.append(make("path", { d: `M${x} ${y}H${x + width}V${y + height - bow}Q${x + width / 2} ${y + height + bow} ${x} ${y + height - bow}Z` }));
  group.append(make("text", { x: x + width / 2, y: y + height / 2, "font-size": Math.max(height * 0.4, plan.spacing), "text-anchor": "middle", "dominant-baseline": "central" }, "Stage"));
  return group;
}

// areas are where people stand. They are chosen by number, above the map.
function areas(plan) {
  const group = make("g", { class: "map-areas", "aria-hidden": "true" });
  for (const { name, x, y, width, height } of plan.areas) {
    group.append(make("rect", { x, y, width, height, rx: plan.spacing * 0.2 }));
    group.append(make("text", { x: x + width / 2, y: y + height / 2, "font-size": round(Math.min(height * 0.6, plan.spacing)), "text-anchor": "middle", "dominant-baseline": "central" }, name));
  }
  return group;
}

// marks are the signs on particular places: a wheelchair, a C, a bar for a restricted view. They stay when zoomed out.
function marks(plan) {
  const group = make("g", { class: "marks-layer", "aria-hidden": "true" });
  const size = plan.spacing * 0.5;
  for (const seat of plan.seats) {
    if (seat.kind === "wheelchair") {
      const k = size / 20;
      group.append(make("path", {
        class: "mark-w", "data-mark": seat.id, transform: `translate(${round(seat.x - size / 2)} ${round(seat.y - size / 2)}) scale(${k})`,
        d: "M8 6v5.5h5l2.5 4.5M8 8.5h4M6.3 9.6a4.3 4.3 0 1 0 6 5.4M8 3.2h.01",
      }));
    } else if (seat.kind === "companion") {
      group.append(make("text", { class: "mark-c", "data-mark": seat.id, x: round(seat.x), y: round(seat.y), "font-size": round(size) }, "C"));
    }
  }
  return group;
}

function rowLabels(plan) {
  const group = make("g", { class: "row-labels", "aria-hidden": "true" });
  for (const { label, seats } of plan.rows) {
    if (seats.length < 3) continue;
    const [first, last] = [seats[0], seats.at(-1)];
    for (const [seat, side] of [[first, -1], [last, 1]]) {
      group.append(make("text", { x: round(seat.x + side * plan.spacing * 0.95), y: round(seat.y), "font-size": round(plan.spacing * 0.44) }, label));
    }
  }
  return group;
}

// Names stand upright beside their part of the house, where no seat ever is.
function sectionNames(plan) {
  const group = make("g", { class: "section-names", "aria-hidden": "true" });
  for (const section of plan.sections) {
    const x = round(section.box.x - plan.spacing * 2), y = round(section.box.y + section.box.height / 2);
    group.append(make("text", { x, y, "font-size": plan.spacing, transform: `rotate(-90 ${x} ${y})`, "data-height": section.box.height }, section.name));
  }
  return group;
}

/** Puts the numbers on the seats that are in box and takes the others away. */
export function drawNumbers(layer, plan, box, shown) {
  layer.replaceChildren();
  if (!shown) return;
  const size = round(plan.spacing * 0.36);
  for (const seat of plan.seats) {
    if (seat.kind === "companion" || seat.kind === "wheelchair") continue;
    if (seat.x < box.x || seat.y < box.y || seat.x > box.x + box.width || seat.y > box.y + box.height) continue;
    layer.append(make("text", { class: "seat-number", "data-mark": seat.id, x: round(seat.x), y: round(seat.y), "font-size": size }, seat.label));
  }
}

/** The card about one seat. */
export function fillCard(card, seat, { price, state, chosen }) {
  const line = (name, text) => {
    const p = document.createElement("p");
    p.className = name;
    p.textContent = text;
    return p;
  };
  const said = state === "sold" ? "Taken" : state === "held" ? "Someone is buying it" : chosen ? `${price}, chosen` : price;
  card.replaceChildren(line("seat-card-name", seat.section), line("seat-card-seat", `Row ${seat.row}, ${seat.kind === "wheelchair" ? "space" : "seat"} ${seat.label}`), line("seat-card-price", said));
  const more = remarks(seat);
  if (more) card.append(line("seat-card-note", more));
  card.dataset.state = state;
}
