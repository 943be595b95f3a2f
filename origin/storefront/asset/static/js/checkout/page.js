// Checkout: a clock, the buyer's details, the order, the payment, and the wait for the bank's word.
import { call, newKey, pageData } from "../api.js";
import { money } from "../money.js";
import { faults, fieldOf, keyFor } from "./attempt.js";
import { clock, say, secondsLeft } from "./clock.js";
import { openPayment } from "./payment.js";

const $ = (id) => document.getElementById(id);
const data = pageData("checkout-data");
const selects = [...document.querySelectorAll("select[data-seat-id]")];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let end = performance.now() + data.expires_in * 1000;
let before = data.expires_in;
let payment; // the provider's form, once there is one
let order; // { number, total, url }
let paying = false;
let codes = data.promo_codes ?? []; // promo codes that are good
let asked = 0; // for prices, so that an old answer does not overtake a new one
let done = false;

recall();
for (const select of selects) select.addEventListener("change", sum);
$("promo-apply").addEventListener("click", applyCode);
$("promo").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // it is the code that is sent, not the order
  applyCode();
});
$("promo").addEventListener("input", () => fault("promo", ""));
sum();
setInterval(tick, 250);
tick();
document.addEventListener("visibilitychange", () => { if (!document.hidden) readHold(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
$("extend-form").addEventListener("submit", extend);
$("release-form").addEventListener("submit", (event) => { if (paying || done) event.preventDefault(); });
$("details-form").addEventListener("submit", placeOrder);
$("edit-details").addEventListener("click", edit);
$("payment-form").addEventListener("submit", pay);
sayWhatChanged();
if (data.order_number) resume();

// Who the seats are for was chosen on the map; name and address may have been typed before a reload.
function recall() {
  const kept = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(name) ?? "null");
    } catch {
      return null;
    }
  };
  if (!data.order_number) {
    for (const [id, type] of kept(`sd:who:${data.hold_id}`) ?? []) {
      const select = selects.find((s) => s.dataset.seatId === id);
      if (select && [...select.options].some((o) => o.value === type)) select.value = type;
    }
  }
  const buyer = kept("sd:buyer") ?? {};
  for (const field of ["name", "email"]) {
    if ($(field).value === "" && typeof buyer[field] === "string") $(field).value = buyer[field];
    $(field).addEventListener("input", () => {
      sessionStorage.setItem("sd:buyer", JSON.stringify({ name: $("name").value, email: $("email").value }));
      fault(field, "");
    });
  }
}

function sum() {
  let total = 0;
  for (const select of selects) {
    const amount = Number(select.selectedOptions[0].dataset.amount);
    total += amount;
    document.querySelector(`[data-amount-of="${CSS.escape(select.dataset.seatId)}"]`).textContent = money(amount, data.currency);
  }
  $("total").textContent = money(total, data.currency);
  sessionStorage.setItem(`sd:who:${data.hold_id}`, JSON.stringify(selects.map((s) => [s.dataset.seatId, s.value])));
  quote(codes);
}

function choices() {
  return selects.map((s) => ({ seat_id: s.dataset.seatId, price_type: s.value }));
}

// What it comes to is the house's to say: codes, fees and tax are worked out there.
async function quote(wanted) {
  const turn = ++asked;
  const { body, problem } = await call("POST", `${data.hold_url}/quote`, { seats: choices(), promo_codes: wanted });
  if (turn !== asked) return false; // somebody chose again in the meantime
  if (problem) {
    const wrong = (problem.errors ?? []).find(({ field }) => field.startsWith("promo_codes"));
    if (wrong) {
      fault("promo", `${wrong.reason}.`);
      if (wanted === codes) { // one that was good before
        codes = [];
        return quote(codes);
      }
    }
    return false;
  }
  codes = wanted;
  showQuote(body);
  return true;
}

function showQuote(body) {
  for (const seat of body.seats) {
    document.querySelector(`[data-amount-of="${CSS.escape(seat.seat_id)}"]`).textContent = money(seat.face ?? 0, body.currency);
  }
  const rows = body.promo_codes.map(({ code, off }) => [code, `−${money(off, body.currency)}`, code]);
  if (body.fee) rows.push(["Fees", money(body.fee, body.currency)]);
  if (body.tax && body.tax_added) rows.push(["Tax", money(body.tax, body.currency)]);
  $("breakdown").replaceChildren(...rows.map(([name, amount, code]) => {
    const row = document.createElement("li");
    const label = Object.assign(document.createElement("span"), { textContent: name });
    row.append(label, Object.assign(document.createElement("span"), { className: "number", textContent: amount }));
    if (code) {
      const off = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: "Remove" });
      off.setAttribute("aria-label", `Remove the code ${code}`);
      off.addEventListener("click", () => quote(codes.filter((c) => c !== code)));
      label.append(" ", off);
    }
    return row;
  }));
  // Beside the field too: on a phone the order is far above it.
  $("promo-good").textContent = body.promo_codes.map(({ code, off }) => `${code} takes ${money(off, body.currency)} off.`).join(" ");
  $("total").textContent = money(body.total, body.currency);
  $("fees-note").hidden = Boolean(body.fee);
}

async function applyCode() {
  const code = $("promo").value.trim().toUpperCase().replaceAll(/\s+/g, "");
  fault("promo", "");
  if (code === "") return;
  if (codes.includes(code)) return fault("promo", `${code} is applied already.`);
  if (await quote([...codes, code])) {
    $("promo").value = "";
    $("announce").textContent = `${code} is applied. The total is ${$("total").textContent}.`;
  } else {
    $("promo").focus();
  }
}

// --- the clock ---

function tick() {
  if (done) return;
  const left = secondsLeft(end, performance.now());
  $("countdown").textContent = clock(left);
  $("timer").dataset.state = left === 0 ? "over" : left <= 30 ? "last" : left <= 120 ? "short" : "running";
  const words = say(before, left);
  if (words) $("announce").textContent = words;
  before = left;
  if (left === 0 && !paying) {
    done = true;
    // The server has the last word on whether the hold is over, and a page that says so.
    setTimeout(() => location.reload(), 1500);
  }
}

function setEnd(seconds) {
  end = performance.now() + seconds * 1000;
  before = seconds;
  tick();
}

// A device that slept has a clock that stood still: ask how long there really is.
async function readHold() {
  if (done) return;
  const { body, problem } = await call("GET", data.hold_url);
  if (body) setEnd(body.expires_in);
  else if (problem.code === "hold_gone" && !paying) location.reload();
}

async function extend(event) {
  event.preventDefault();
  const { body, problem } = await call("POST", `${data.hold_url}/extend`, {});
  if (problem?.code === "hold_gone") return location.reload();
  if (problem && problem.code !== "hold_extended") return alert(problem.detail);
  if (body) setEnd(body.expires_in);
  $("extend-form").hidden = true;
  $("announce").textContent = body ? `Your seats are now held for ${clock(body.expires_in)}.` : "You have had more time already.";
  $("countdown").focus?.();
}

// --- details and order ---

function fault(field, text) {
  const input = typeof field === "number" ? selects[field] : $(field);
  const line = $(typeof field === "number" ? `type-fault-${field}` : `${field}-fault`);
  if (line.textContent !== text) line.textContent = text;
  if (text) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
  return input;
}

// What is wrong with the order is said at the top, what is wrong with the card beside the button that pays.
function alert(text, place = "checkout-alert") {
  for (const id of ["checkout-alert", "payment-alert"]) $(id).replaceChildren();
  if (!text) return;
  const box = Object.assign(document.createElement("div"), { className: "notice bad" });
  box.append(Object.assign(document.createElement("p"), { textContent: text }));
  $(place).append(box);
  box.scrollIntoView({ block: "nearest" });
}

const buyer = () => ({ name: $("name").value.trim(), email: $("email").value.trim() });

async function placeOrder(event) {
  event.preventDefault();
  alert("");
  for (const field of ["name", "email", "seats", "promo", ...selects.keys()]) fault(field, "");
  const wrong = faults(buyer());
  let first;
  for (const [field, text] of Object.entries(wrong)) first ??= fault(field, text);
  for (const [field, text] of Object.entries(wrong)) fault(field, text);
  if (first) return first.focus();

  const body = { hold_id: data.hold_id, ...buyer(), seats: choices(), ...(codes.length ? { promo_codes: codes } : {}) };
  const button = $("to-payment");
  button.disabled = true;
  button.classList.add("busy");
  let answer = await orderOnce(body);
  if (answer.body?.order.state === "cancelled") { // what this key ordered was replaced since: this is another intention
    sessionStorage.removeItem(`sd:attempt:${data.hold_id}`);
    answer = await orderOnce(body);
  }
  button.disabled = false;
  button.classList.remove("busy");
  if (answer.problem) return refused(answer.problem);
  const { order: placed, order_url: url } = answer.body;
  order = { number: placed.number, total: placed.total, currency: placed.currency, url };
  if (placed.state !== "awaiting_payment" || !answer.body.client_secret) return confirmed();
  await showPayment(answer.body);
}

// Orders under the key of this intention, again while no answer comes: it can't be ordered twice.
async function orderOnce(body) {
  const key = keyFor(sessionStorage, data.hold_id, body, newKey);
  let answer;
  for (let tries = 0; tries < 4; tries++) {
    answer = await call("POST", data.orders_url, body, { "Idempotency-Key": key });
    if (answer.status !== 0 && answer.problem?.code !== "request_in_progress") break;
    await pause(700 * (tries + 1));
  }
  return answer;
}

// What the page shows is not so any more: somebody paid for this order, is paying, or ordered these seats anew, or their
// prices changed. The server knows how it stands: the page begins again with that, and says why.
function changed(how) {
  sessionStorage.setItem(`sd:changed:${data.hold_id}`, how);
  sessionStorage.removeItem(`sd:attempt:${data.hold_id}`);
  location.reload();
}

function sayWhatChanged() {
  const name = `sd:changed:${data.hold_id}`;
  const how = sessionStorage.getItem(name);
  if (!how) return;
  sessionStorage.removeItem(name);
  alert(how === "prices"
    ? "The prices of these seats have just changed, and you have not paid. These are the new ones: please look them over before you go on."
    : "Your order was changed in another tab or window, and you have not paid here. This is how it stands now: please look it over before you pay.");
}

function refused(problem) {
  if (problem.code === "hold_gone" || problem.code === "order_paid") return location.reload();
  if (problem.code === "order_replaced") return changed("order");
  if (problem.code === "prices_changed") return changed("prices");
  let first;
  for (const { field, reason } of problem.errors ?? []) {
    const input = fault(fieldOf(field), `${reason[0].toUpperCase()}${reason.slice(1)}.`);
    first ??= input;
  }
  alert(problem.detail);
  first?.focus();
}

// An order of this hold waits for its payment: go on where the visitor left.
async function resume() {
  order = { number: data.order_number, url: new URL(`/orders/${data.order_number}`, location.href).href };
  const { body, problem } = await call("GET", `/api/v1/orders/${encodeURIComponent(data.order_number)}/payment`);
  if (problem?.code === "nothing_to_pay") return confirmed();
  if (problem) return; // the details are there; placing the order again leads to the payment
  Object.assign(order, { total: body.amount, currency: body.currency });
  await showPayment(body, { quiet: true });
}

// --- payment ---

async function showPayment(given, { quiet = false } = {}) {
  $("details-form").hidden = true;
  $("details-done").hidden = false;
  $("details-text").textContent = `${buyer().name}, ${buyer().email}`;
  $("payment-later").textContent = "Opening the payment form…";
  $("payment-later").hidden = false;
  $("pay").textContent = `Pay ${money(order.total, order.currency)}`;
  payment?.remove?.();
  payment = undefined;
  $("payment-form").hidden = false;
  $("pay").disabled = true;
  try {
    payment = await openPayment($("payment-element"), given);
  } catch (error) {
    alert(error.message);
    edit();
    return;
  }
  if (payment.settled) return confirmed();
  if (payment.over) {
    payment = undefined;
    edit();
    return alert("This payment was called off, perhaps in another tab or window. You have not paid here, and your seats are still held: please go on to payment again.");
  }
  $("step-payment").dataset.waiting = "false";
  $("payment-later").hidden = true;
  $("pay").disabled = false;
  if (!quiet) $("payment-title").focus();
}

function edit() {
  if (paying) return;
  payment?.remove?.();
  payment = undefined;
  $("payment-form").hidden = true;
  $("payment-later").textContent = "Card details come next.";
  $("payment-later").hidden = false;
  $("step-payment").dataset.waiting = "true";
  $("details-done").hidden = true;
  $("details-form").hidden = false;
  $("name").focus();
}

function setPaying(yes) {
  paying = yes;
  $("pay").disabled = yes;
  $("pay").classList.toggle("busy", yes);
  $("pay").textContent = yes ? "Asking your bank…" : `Pay ${money(order.total, order.currency)}`;
  $("edit-details").disabled = yes;
  for (const button of document.querySelectorAll(".timer-actions button")) button.disabled = yes;
}

async function pay(event) {
  event.preventDefault();
  if (paying || !payment) return;
  alert("");
  setPaying(true);
  const result = await payment.pay({ returnUrl: order.url, ...buyer() });
  if (result.paid) return confirmed();
  setPaying(false);
  if (result.changed) return changed("order");
  if (result.declined) alert(`${result.declined} Your seats are still held: please try again or use another card.`, "payment-alert");
  tick();
}

// The money is taken, or nothing is to be paid: wait until the order says so, then show it.
async function confirmed() {
  done = true;
  paying = true;
  $("timer").hidden = true;
  $("step-details").hidden = true;
  $("step-payment").hidden = true;
  $("step-done").hidden = false;
  $("done-title").focus();
  const { search } = new URL(order.url, location.href);
  for (let tries = 0; tries < 45; tries++) {
    const { body } = await call("GET", `/api/v1/orders/${encodeURIComponent(order.number)}${search}`);
    if (body && body.state !== "awaiting_payment") break;
    await pause(tries < 10 ? 400 : 1000);
  }
  for (const name of [`sd:who:${data.hold_id}`, `sd:attempt:${data.hold_id}`]) sessionStorage.removeItem(name);
  location.replace(order.url);
}
