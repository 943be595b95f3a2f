// Pays an order by its link: a bill of the box office, or the rest of an exchange.
import { call, pageData } from "./api.js";
import { openPayment } from "./checkout/payment.js";

const $ = (id) => document.getElementById(id);
const data = pageData("pay-data");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let payment;
let paying = false;

$("payment-form").addEventListener("submit", pay);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
// When the time is up the server says how the order stands.
setTimeout(() => { if (!paying) location.reload(); }, Math.min(data.expires_in * 1000 + 1500, 2 ** 31 - 1));
open();

async function open() {
  const { body, problem } = await call("GET", data.payment_url);
  if (problem?.code === "nothing_to_pay") return location.replace(data.order_url);
  if (problem) return say(problem.detail, "checkout-alert", true);
  try {
    payment = await openPayment($("payment-element"), await shown(body));
  } catch (error) {
    return say(error.message, "checkout-alert", true);
  }
  if (payment.settled) return confirmed();
  if (payment.over) return location.replace(data.order_url);
  $("payment-later").hidden = true;
}

// The form has to be on the page before the provider's fields are put into it.
function shown(body) {
  $("payment-form").hidden = false;
  return body;
}

function say(text, place, again = false) {
  $(place).replaceChildren();
  if (!text) return;
  const box = Object.assign(document.createElement("div"), { className: "notice bad" });
  box.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (again) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet small", textContent: "Try again" });
    button.addEventListener("click", () => location.reload());
    box.append(button);
    $("payment-later").hidden = true;
  }
  $(place).append(box);
  box.scrollIntoView({ block: "nearest" });
}

async function pay(event) {
  event.preventDefault();
  if (paying || !payment) return;
  say("", "payment-alert");
  setPaying(true);
  const result = await payment.pay({ returnUrl: new URL(data.order_url, location.href).href, name: data.name, email: data.email });
  if (result.paid) return confirmed();
  setPaying(false);
  if (result.changed) return location.reload();
  if (result.declined) say(`${result.declined} The seats are still kept for you: please try again or use another card.`, "payment-alert");
}

function setPaying(yes) {
  paying = yes;
  $("pay").disabled = yes;
  $("pay").classList.toggle("busy", yes);
  $("pay").textContent = yes ? "Asking your bank…" : `Pay ${data.due}`;
}

async function confirmed() {
  paying = true;
  $("step-payment").hidden = true;
  $("step-done").hidden = false;
  $("done-title").focus();
  for (let tries = 0; tries < 45; tries++) {
    const { body } = await call("GET", data.poll_url);
    if (body && body.state !== "awaiting_payment") break;
    await pause(tries < 10 ? 400 : 1000);
  }
  location.replace(data.order_url);
}
