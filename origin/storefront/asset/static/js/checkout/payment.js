// The second step: the provider's card form. Its script comes from the provider, and card numbers go to nobody else.
import { money } from "../money.js";

const at = (id) => document.getElementById(id);
const patience = 15_000; // milliseconds for the provider's script to arrive

/** Loads the provider's script once. */
function load(url) {
  if (globalThis.Stripe) return Promise.resolve();
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: url, async: true, onload: done, onerror: failed });
    document.head.append(script);
    setTimeout(failed, patience);
  });
}

/** The page's own colours and type, for the form inside the provider's frame. */
function appearance() {
  const style = getComputedStyle(document.body);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
    variables: {
      colorPrimary: token("--accent"), colorBackground: token("--paper"), colorText: token("--ink"), colorDanger: token("--bad"),
      fontFamily: "Inter, Arial, sans-serif", borderRadius: "10px",
    },
  };
}

/**
 * Shows the card form. on.pay(confirm) is called when the buyer pays; confirm({ returnURL, name, email }) asks the
 * provider and resolves to { paymentIntent } or { error }. Returns { close() }.
 */
export async function mountPayment({ client_secret: clientSecret, publishable_key: key, payment_script: url }, { amount, currency, pay }) {
  await load(url);
  const stripe = globalThis.Stripe(key);
  const elements = stripe.elements({ clientSecret, appearance: appearance() });
  const element = elements.create("payment");
  const form = at("payment-form"), button = at("pay"), label = `Pay ${money(amount, currency)}`;
  element.mount("#payment-element");
  form.hidden = false;
  at("payment-later").hidden = true;
  at("step-payment").dataset.waiting = "false";
  busy(false);

  function busy(yes) {
    button.setAttribute("aria-busy", String(yes));
    button.textContent = yes ? "Paying…" : label;
  }
  const confirm = ({ returnURL, name, email }) => stripe.confirmPayment({
    elements, redirect: "if_required",
    confirmParams: { return_url: returnURL, payment_method_data: { billing_details: { name, email } } },
  });
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    busy(true);
    await pay(confirm);
    busy(false);
  };
  function close() {
    element.destroy?.();
    at("payment-element").replaceChildren();
    form.hidden = true;
    at("payment-later").hidden = false;
    at("step-payment").dataset.waiting = "true";
  }
  return { close };
}
