// The chosen seats beside (or below) the map: who sits where, what it costs.
import { money } from "../money.js";
import { companionAllowed, offered, total } from "./selection.js";
import { remarks, seatCount, seatName } from "./words.js";

const $ = (id) => document.getElementById(id);

/**
 * Wires the basket. on = { remove(seat), type(seat, type), hold() }. Returns { draw(selection), alert(text, names),
 * busy(yes) }.
 */
export function createBasket({ plan, sale, on }) {
  const root = $("basket"), chosen = $("chosen"), button = $("hold"), toggle = $("basket-toggle");
  const rows = new Map(); // seat ID → element

  toggle.addEventListener("click", () => open(root.dataset.open !== "true"));
  function open(yes) {
    root.dataset.open = String(yes);
    toggle.setAttribute("aria-expanded", String(yes));
  }
  button.addEventListener("click", () => { if (button.getAttribute("aria-disabled") !== "true") on.hold(); });

  function row(seat) {
    const item = document.createElement("li");
    item.className = "chosen-seat";
    item.dataset.chosenSeat = seat.id;
    const name = document.createElement("p");
    name.className = "chosen-name";
    name.id = `chosen-${seat.id}`;
    name.textContent = seatName(seat);
    const select = document.createElement("select");
    select.className = "inline";
    select.setAttribute("aria-label", `Price for ${seatName(seat)}`);
    select.addEventListener("change", () => on.type(seat, select.value));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "chosen-remove";
    remove.setAttribute("aria-label", `Remove ${seatName(seat)}`);
    remove.textContent = "×";
    remove.addEventListener("click", () => {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      on.remove(seat);
      (next?.querySelector("button") ?? toggle).focus();
    });
    item.append(name, remove, select);
    const more = remarks(seat);
    if (more) {
      const note = document.createElement("p");
      note.className = "chosen-note";
      note.textContent = more;
      item.append(note);
    }
    return item;
  }

  function draw(selection) {
    for (const [id, item] of rows) {
      if (selection.has(id)) continue;
      item.remove();
      rows.delete(id);
    }
    for (const [id, type] of selection) {
      const seat = plan.byId.get(id);
      if (!rows.has(id)) {
        rows.set(id, row(seat));
        chosen.append(rows.get(id));
      }
      const select = rows.get(id).querySelector("select");
      const types = offered(seat, sale).filter((t) => t.id !== "companion" || t.id === type || companionAllowed(selection, seat, plan));
      const wanted = types.map((t) => t.id).join();
      if (select.dataset.types !== wanted) {
        select.replaceChildren(...types.map((t) => new Option(`${t.name}, ${money(t.amount, sale.currency)}`, t.id)));
        select.dataset.types = wanted;
      }
      select.value = type;
    }
    const n = selection.size;
    $("basket-empty").hidden = n > 0;
    $("access-need").hidden = ![...selection.keys()].some((id) => ["wheelchair", "companion"].includes(plan.byId.get(id).kind));
    $("basket-count").textContent = n === 0 ? "No seats yet" : seatCount(n);
    $("total").textContent = n === 0 ? "–" : money(total(selection, plan, sale), sale.currency);
    root.dataset.count = String(n);
    button.setAttribute("aria-disabled", String(n === 0));
    button.textContent = n < 2 ? "Hold this seat" : `Hold ${seatCount(n)}`;
    if (n === 0) {
      button.textContent = "Hold seats";
      open(false);
    }
  }

  function busy(yes) {
    button.classList.toggle("busy", yes);
    button.setAttribute("aria-disabled", String(yes));
    if (yes) button.textContent = "Holding…";
  }
  // alert says what went wrong; an empty text takes it away. A list of seats goes below it, and a way out as a button.
  function alert(text, names = [], way) {
    const box = $("basket-alert");
    box.replaceChildren();
    if (!text) return;
    const p = document.createElement("p");
    p.textContent = text;
    box.append(p);
    if (names.length > 0) {
      const ul = document.createElement("ul");
      for (const name of names) ul.append(Object.assign(document.createElement("li"), { textContent: name }));
      box.append(ul);
    }
    if (way) {
      const out = Object.assign(document.createElement("button"), { type: "button", className: "button quiet small", textContent: way.text });
      out.dataset.testid = "way-out";
      out.addEventListener("click", way.go);
      box.append(out);
    }
    open(true);
  }
  return { draw, busy, alert };
}
