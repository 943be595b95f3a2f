// The first step: who is coming, and where the tickets go.
import { money } from "../money.js";

const at = (id) => document.getElementById(id);
const address = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Runs the form. on.submit({ name, email, seats }) is called when it is filled in well.
 * Returns { open(), close(), busy(yes), faults(errors) → whether all were shown, billing() }.
 */
export function mountDetails(data, on) {
  const form = at("details-form"), button = at("to-payment");
  const types = [...form.querySelectorAll("select[data-seat-id]")];
  recall();
  price();

  for (const select of types) select.addEventListener("change", price);
  for (const name of ["name", "email"]) at(name).addEventListener("input", () => fault(name, ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true" || !check()) return;
    on.submit({
      name: at("name").value.trim(), email: at("email").value.trim(),
      seats: types.map((select) => ({ seat_id: select.dataset.seatId, price_type: select.value })),
    });
  });

  /** Takes over who was said to sit where on the seat map, in this tab. */
  function recall() {
    if (data.order_number) return; // the order knows better
    try {
      const chosen = JSON.parse(sessionStorage.getItem("seat-types") ?? "{}");
      for (const select of types) {
        const type = chosen[select.dataset.seatId];
        if ([...select.options].some((option) => option.value === type)) select.value = type;
      }
    } catch {
      // Storage may be turned off: everybody is an adult to begin with.
    }
  }

  function price() {
    let sum = 0;
    for (const select of types) {
      const amount = Number(select.selectedOptions[0].dataset.amount);
      sum += amount;
      document.querySelector(`[data-amount-of="${CSS.escape(select.dataset.seatId)}"]`).textContent = money(amount, data.currency);
    }
    at("total").textContent = money(sum, data.currency);
  }

  function fault(name, text) {
    at(`${name}-fault`).textContent = text;
    if (text) at(name)?.setAttribute("aria-invalid", "true");
    else at(name)?.removeAttribute("aria-invalid");
  }

  function check() {
    fault("name", at("name").value.trim() ? "" : "Please tell us your name.");
    fault("email", address.test(at("email").value.trim()) ? "" : "Please check the e-mail address; it should look like name@example.org.");
    form.querySelector('[aria-invalid="true"]')?.focus();
    return !form.querySelector('[aria-invalid="true"]');
  }

  /** Puts the server's findings beside their fields. */
  function faults(errors) {
    let shown = errors.length > 0;
    for (const { field, reason } of errors) {
      const seat = /^seats\[(\d+)\]/.exec(field);
      const text = `This ${reason}.`;
      if (field === "name" || field === "email") fault(field, text);
      else if (seat && at(`type-fault-${seat[1]}`)) at(`type-fault-${seat[1]}`).textContent = text;
      else if (field === "seats") at("seats-fault").textContent = text;
      else shown = false;
    }
    form.querySelector('[aria-invalid="true"]')?.focus();
    return shown;
  }

  function close() {
    form.hidden = true;
    at("details-done").hidden = false;
    at("details-text").textContent = `${at("name").value.trim()}, ${at("email").value.trim()}`;
  }
  function open() {
    form.hidden = false;
    at("details-done").hidden = true;
    at("name").focus();
  }
  function busy(yes) {
    button.setAttribute("aria-busy", String(yes));
    button.textContent = yes ? "One moment…" : "Continue to payment";
  }
  const billing = () => ({ name: at("name").value.trim(), email: at("email").value.trim() });
  return { open, close, busy, faults, billing };
}
