// The checkout: details, payment and the clock above them. A reload at any point goes on where it was.
import { call, newKey, pageData } from "../api.js";
import { startClock } from "./clock.js";
import { mountDetails } from "./details.js";
import { mountPayment } from "./payment.js";

const data = pageData("checkout-data");
const at = (id) => document.getElementById(id);
const clock = startClock(data, { over: () => { if (!paying) location.reload(); } });

let paying = false; // the provider is at work: the clock must not take the page away
let order; // { number, url }, once placed
let payment;

const details = mountDetails(data, { submit: place });

/** Shows what went wrong above the steps, or takes it away. */
function alert(text, link) {
  const box = at("checkout-alert");
  box.replaceChildren();
  if (!text) return;
  const notice = Object.assign(document.createElement("div"), { className: "notice bad" });
  const line = Object.assign(document.createElement("p"), { textContent: text });
  if (link) line.append(" ", Object.assign(document.createElement("a"), { href: link.url, textContent: link.text }));
  notice.append(line);
  box.append(notice);
  box.scrollIntoView({ block: "nearest" });
}

/** One key for one order as the buyer wants it: kept through retries and reloads, made anew when something changes. */
function keyFor(request) {
  const name = `order-key:${data.hold_id}`, body = JSON.stringify(request);
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
    if (kept?.body === body) return kept.key;
    const key = newKey();
    sessionStorage.setItem(name, JSON.stringify({ body, key }));
    return key;
  } catch {
    return newKey();
  }
}

async function place(request) {
  alert("");
  details.busy(true);
  const { body, problem } = await call("POST", data.orders_url, { hold_id: data.hold_id, ...request }, { "Idempotency-Key": keyFor(request) });
  details.busy(false);
  if (problem) {
    refuse(problem);
    return;
  }
  order = { number: body.order.number, url: body.order_url };
  if (!body.client_secret) {
    confirmed();
    return;
  }
  await toPayment(body, body.order.total, true);
}

function refuse(problem) {
  if (problem.code === "hold_gone" || problem.code === "order_paid") {
    location.reload(); // the server says it in full, with what to do next
    return;
  }
  if (problem.code === "invalid" && details.faults(problem.errors ?? [])) return;
  if (problem.code === "seats_taken") alert(problem.detail, { url: data.map_url, text: "Back to the seat map" });
  else alert(problem.detail);
}

/** Goes on to the card: what = { client_secret, publishable_key, payment_script }. */
async function toPayment(what, amount, focus) {
  details.close();
  try {
    payment = await mountPayment(what, { amount, currency: data.currency, pay });
  } catch {
    alert("The card form could not be loaded. Your seats are still held; please try again.");
    details.open();
    return;
  }
  if (focus) at("payment-title").focus();
}

at("edit-details").addEventListener("click", () => {
  payment?.close();
  details.open();
});

async function pay(confirm) {
  alert("");
  paying = true;
  const { error, paymentIntent } = await confirm({ returnURL: new URL(order.url, location.href).href, ...details.billing() })
    .catch(() => ({ error: { type: "api_connection_error" } }));
  if (paymentIntent && paymentIntent.status !== "requires_payment_method") {
    confirmed();
    return;
  }
  paying = false;
  // What is wrong with a field stands beside the field already.
  if (error?.type !== "validation_error") {
    alert(`${error?.message || "The payment could not be made."} You have not been charged and your seats are still held. Please try again or use another card.`);
  }
  if (clock.left() <= 0) location.reload();
}

/** The provider has said yes: waits for our own books to say so too, then shows the tickets. */
async function confirmed() {
  clock.stop();
  for (const id of ["step-details", "step-payment", "timer"]) at(id).hidden = true;
  at("step-done").hidden = false;
  at("done-title").focus();
  for (let tries = 0; ; tries++) {
    const { body } = await call("GET", `${data.orders_url}/${order.number}`);
    if (body && body.state !== "awaiting_payment") break;
    if (tries >= 60) break; // the order's own page goes on waiting
    await new Promise((done) => setTimeout(done, tries < 10 ? 300 : 1000));
  }
  location.replace(order.url);
}

/** Comes back to an order that was placed before. */
async function resume() {
  const { body, problem } = await call("GET", `${data.orders_url}/${data.order_number}/payment`);
  if (problem) {
    if (problem.code === "nothing_to_pay") location.replace(`/orders/${data.order_number}`);
    return; // the details are there to start from
  }
  order = { number: data.order_number, url: `/orders/${data.order_number}` };
  await toPayment(body, body.amount, false);
}

if (data.order_number) resume();
