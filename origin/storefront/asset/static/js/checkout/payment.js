// The payment provider's form: loads its script, shows the card fields in the page's colours, asks for the money.
import { verdict } from "./verdict.js";

const loaded = new Map();

function load(src) {
  if (!loaded.has(src)) {
    loaded.set(src, new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src, async: true });
      script.onload = resolve;
      script.onerror = () => {
        loaded.delete(src);
        script.remove();
        reject(new Error("The payment form could not be loaded. Please check your connection and try again."));
      };
      document.head.append(script);
    }));
  }
  return loaded.get(src);
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function appearance() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    theme: dark.matches ? "night" : "stripe",
    variables: {
      colorPrimary: colour("--accent"), colorBackground: colour("--surface"), colorText: colour("--ink"), colorTextSecondary: colour("--muted"),
      colorDanger: colour("--bad"), borderRadius: "10px", fontSizeBase: "16px",
    },
  };
}

/**
 * Shows the form for one payment in element. Resolves to { settled, over, pay, remove }: settled says that the money was
 * taken already, over that this payment was called off; pay({ returnUrl, name, email }) resolves to a verdict.
 */
export async function openPayment(element, { client_secret: clientSecret, publishable_key: key, payment_script: script }) {
  await load(script);
  const stripe = window.Stripe(key);
  const before = await stripe.retrievePaymentIntent(clientSecret);
  if (["succeeded", "processing"].includes(before.paymentIntent?.status)) return { settled: true };
  if (before.paymentIntent?.status === "canceled") return { over: true };
  const elements = stripe.elements({ clientSecret, appearance: appearance() });
  const form = elements.create("payment");
  const ready = new Promise((resolve, reject) => {
    form.on("ready", resolve);
    form.on("loaderror", ({ error }) => reject(new Error(error?.message ?? "The payment form could not be loaded.")));
  });
  form.mount(element);
  const dress = () => elements.update({ appearance: appearance() });
  dark.addEventListener("change", dress);
  await ready;

  async function pay({ returnUrl, name, email }) {
    const checked = await elements.submit();
    if (checked.error) return { incomplete: true };
    const { error, paymentIntent } = await stripe.confirmPayment({
      elements, redirect: "if_required",
      confirmParams: { return_url: returnUrl, payment_method_data: { billing_details: { name, email } } },
    });
    if (!error || error.type === "validation_error") return verdict(error, paymentIntent);
    const { paymentIntent: now } = await stripe.retrievePaymentIntent(clientSecret);
    return verdict(error, now);
  }
  function remove() {
    dark.removeEventListener("change", dress);
    form.destroy();
  }
  return { settled: false, over: false, pay, remove, focus: () => form.focus() };
}
