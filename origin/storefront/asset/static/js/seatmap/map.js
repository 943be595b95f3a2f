// The seat map on the page: camera, pointer, keyboard, focus. It shows what it is told about the seats and reports
// which one was chosen.
import { clamp, fit, reveal, toView, toWorld, zoomAt } from "./camera.js";
import { drawHouse, drawNumbers, fillCard, make } from "./draw.js";
import { gridOf, nearest, neighbour, rowEnd } from "./geometry.js";
import { listen } from "./gestures.js";
import { boxOf } from "./plan.js";
import { spoken } from "./words.js";

const padding = 14; // pixels around the house
const largest = 58; // pixels from seat to seat at the closest
const numbersFrom = 21; // pixels from seat to seat at which numbers can be read
const touchable = 22; // and at which a finger finds its seat
const arrows = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/**
 * Draws plan into root. house = { state(seat) → { state, chosen, price }, choose(seat) }. Elements: the card for the
 * seat that is looked at, and the hint. Returns { refresh(ids), zoom(factor), fit(), goTo(section), resize() }.
 */
export function createMap(root, { plan, bands, house, card, hint }) {
  const { svg, shapes, top } = drawHouse(plan, bands);
  const numbers = make("g", { class: "seat-numbers" });
  const ring = make("circle", { class: "focus-ring", r: plan.spacing * 0.6, cx: 0, cy: 0, visibility: "hidden" });
  top.append(numbers, ring);
  root.append(svg);

  const grid = gridOf(plan.seats, plan.spacing * 2);
  const around = boxOf([...plan.seats, plan.stage, { x: plan.stage.x + plan.stage.width, y: plan.stage.y + plan.stage.height }]);
  const [side, end] = [plan.spacing * 3, plan.spacing * 1.2];
  const world = { x: around.x - side, y: around.y - end, width: around.width + 2 * side, height: around.height + 2 * end };
  let view = { width: root.clientWidth, height: root.clientHeight };
  let whole = fit(world, view, padding);
  let cam = whole;
  let focused = startSeat(plan);
  let settling, cardTimer;

  const limits = () => ({ min: whole.k, max: Math.max(largest / plan.spacing, whole.k) });
  const gap = () => cam.k * plan.spacing; // pixels from seat to seat

  function place(next, { smooth = false } = {}) {
    cam = clamp(next, world, view);
    svg.classList.toggle("smooth", smooth);
    svg.style.transform = `translate(${cam.x}px, ${cam.y}px) scale(${cam.k})`;
    svg.classList.add("moving");
    clearTimeout(settling);
    settling = setTimeout(settle, smooth ? 260 : 140);
    hideCard();
  }
  // settle draws sharply what moved as a picture, and what can be read at this distance.
  function settle() {
    svg.classList.remove("moving", "smooth");
    const px = gap();
    root.dataset.zoom = px >= numbersFrom ? "near" : px >= 10 ? "middle" : "far";
    root.style.touchAction = cam.k <= whole.k * 1.01 ? "pan-y" : "none"; // the page scrolls until the map is zoomed
    const from = toWorld(cam, -40, -40), to = toWorld(cam, view.width + 40, view.height + 40);
    drawNumbers(numbers, plan, { x: from.x, y: from.y, width: to.x - from.x, height: to.y - from.y }, px >= numbersFrom);
    for (const number of numbers.children) mark(number);
    scaleNames();
  }
  // Names of sections keep a size that can be read from far away, if there is room for it.
  function scaleNames() {
    for (const name of svg.querySelectorAll(".section-names text")) {
      const room = (Number(name.dataset.height) + plan.spacing) / (name.textContent.length * 0.56);
      name.setAttribute("font-size", Math.min(Math.max(13 / cam.k, plan.spacing * 0.6), Math.max(room, plan.spacing)).toFixed(1));
    }
  }

  function mark(element) {
    const { state, chosen } = house.state(plan.byId.get(element.dataset.mark));
    element.setAttribute("data-state", state);
    element.toggleAttribute("data-chosen", chosen);
  }
  function refresh(ids) {
    for (const id of ids) {
      const seat = plan.byId.get(id), shape = shapes.get(id);
      if (!seat || !shape) continue; // places without numbers have no shape
      const now = house.state(seat);
      shape.setAttribute("data-state", now.state);
      shape.setAttribute("aria-checked", String(now.chosen));
      shape.setAttribute("aria-label", spoken(seat, now));
      if (now.state === "free" || now.chosen) shape.removeAttribute("aria-disabled");
      else shape.setAttribute("aria-disabled", "true");
      for (const element of svg.querySelectorAll(`[data-mark="${CSS.escape(id)}"]`)) mark(element);
    }
    if (!card.hidden && ids.includes(card.dataset.seatId)) showCard(plan.byId.get(card.dataset.seatId));
  }

  function focusSeat(seat, { move = true, show = true } = {}) {
    shapes.get(focused.id).setAttribute("tabindex", "-1");
    focused = seat;
    const shape = shapes.get(seat.id);
    shape.setAttribute("tabindex", "0");
    ring.setAttribute("cx", seat.x);
    ring.setAttribute("cy", seat.y);
    if (!move) return;
    let next = cam;
    if (gap() < touchable) next = zoomAt(cam, ...Object.values(toView(cam, seat)), touchable / gap(), limits());
    place(reveal(next, seat, view, 72), { smooth: true });
    shape.focus({ preventScroll: true });
    if (show) showCard(seat);
  }

  function showCard(seat) {
    clearTimeout(cardTimer);
    fillCard(card, seat, house.state(seat));
    card.dataset.seatId = seat.id;
    card.hidden = false;
    const at = toView(cam, seat), half = card.offsetWidth / 2, away = gap() * 0.5 + 10;
    const x = Math.min(Math.max(at.x, half + 8), view.width - half - 8);
    const above = at.y - away - card.offsetHeight > 4;
    card.style.transform = `translate(${Math.round(x - half)}px, ${Math.round(above ? at.y - away - card.offsetHeight : at.y + away)}px)`;
  }
  function hideCard() {
    clearTimeout(cardTimer);
    card.hidden = true;
  }

  // The eye sees a finger's seat under the finger, not under the point the browser reports: take the nearest.
  const seatAt = (px, py, reach) => nearest(grid, toWorld(cam, px, py), reach / cam.k);

  listen(root, {
    start() { hint.hidden = true; },
    pan(dx, dy) { place({ ...cam, x: cam.x + dx, y: cam.y + dy }); },
    zoom(px, py, factor) { place(zoomAt(cam, px, py, factor, limits())); },
    end() {},
    wheel(px, py, factor) {
      if (factor < 1 && cam.k <= whole.k * 1.001) return false; // all of it is in view: let the page scroll
      place(zoomAt(cam, px, py, factor, limits()));
      return true;
    },
    tap(px, py, type, target) {
      const direct = type === "mouse" ? plan.byId.get(target.dataset?.seatId) : null;
      const seat = direct ?? seatAt(px, py, type === "mouse" ? Math.max(gap() * 0.6, 4) : Math.max(gap() * 0.7, 22));
      if (!seat) return hideCard();
      if (type !== "mouse" && gap() < touchable) { // too small to hit: come closer first
        hint.hidden = false;
        return place(zoomAt(cam, px, py, (touchable * 1.35) / gap(), limits()), { smooth: true });
      }
      focusSeat(seat, { move: false });
      shapes.get(seat.id).focus({ preventScroll: true });
      house.choose(seat);
      showCard(seat);
      if (type !== "mouse") cardTimer = setTimeout(hideCard, 2600);
    },
  });

  svg.addEventListener("pointerover", ({ target, pointerType }) => {
    const seat = pointerType === "mouse" && plan.byId.get(target.dataset?.seatId);
    if (seat) showCard(seat);
  });
  svg.addEventListener("pointerleave", ({ pointerType }) => { if (pointerType === "mouse") hideCard(); });
  svg.addEventListener("focusin", ({ target }) => {
    const seat = plan.byId.get(target.dataset?.seatId);
    if (!seat || !target.matches(":focus-visible")) return;
    ring.setAttribute("visibility", "visible");
    if (seat !== focused || card.hidden) focusSeat(seat);
  });
  svg.addEventListener("focusout", () => {
    ring.setAttribute("visibility", "hidden");
    hideCard();
  });
  // Assistive technology presses a check box by a click without a pointer.
  svg.addEventListener("click", ({ target, detail }) => {
    const seat = detail === 0 && plan.byId.get(target.dataset?.seatId);
    if (seat) house.choose(seat);
  });
  svg.addEventListener("keydown", (event) => {
    const way = arrows[event.key];
    let seat;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) seat = neighbour(plan, focused, way, event.shiftKey ? (s) => house.state(s).state === "free" : undefined);
    else if (event.key === "Home" || event.key === "End") seat = rowEnd(plan, focused, event.key === "End");
    else if (event.key === "Enter" || event.key === " ") house.choose(focused);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") place(whole, { smooth: true });
    else if (event.key === "Escape") hideCard();
    else return;
    event.preventDefault();
    if (seat) {
      focusSeat(seat);
      ring.setAttribute("visibility", "visible");
    } else if (event.key === "Enter" || event.key === " ") showCard(focused);
  });

  function zoom(factor) {
    place(zoomAt(cam, view.width / 2, view.height / 2, factor, limits()), { smooth: true });
  }
  function goTo(section) {
    const { x, y, width, height } = section.box;
    const pad = plan.spacing * 2.2;
    place(fit({ x: x - pad, y: y - pad, width: width + 2 * pad, height: height + 2 * pad }, view, 4, limits().max), { smooth: true });
    const seat = section.seats.find((s) => house.state(s).state === "free") ?? section.seats[0];
    focusSeat(seat, { move: false });
  }
  function resize() {
    const wasWhole = cam.k <= whole.k * 1.001;
    const middle = toWorld(cam, view.width / 2, view.height / 2);
    view = { width: root.clientWidth, height: root.clientHeight };
    if (view.width === 0) return;
    whole = fit(world, view, padding);
    place(wasWhole ? whole : { k: Math.max(cam.k, whole.k), x: view.width / 2 - middle.x * cam.k, y: view.height / 2 - middle.y * cam.k });
  }
  new ResizeObserver(resize).observe(root);

  shapes.get(focused.id).setAttribute("tabindex", "0");
  place(whole);
  settle();
  return { refresh, zoom, fit: () => place(whole, { smooth: true }), goTo, resize };
}

// The keyboard starts at the seat nearest to the middle of the front, where one would start looking.
function startSeat(plan) {
  const x = plan.stage.x + plan.stage.width / 2, y = plan.stage.y + plan.stage.height;
  return plan.seats.reduce((best, seat) => (Math.hypot(seat.x - x, seat.y - y) < Math.hypot(best.x - x, best.y - y) ? seat : best));
}
