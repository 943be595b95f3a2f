// Calls to the sandbox's API with the shop's publishable key. They never throw: what
// goes wrong comes back as { error }, as in Stripe.js.

const idOf = (clientSecret) => String(clientSecret).split("_secret_")[0];

// flatten writes nested values with brackets, leaving out what is not given.
function flatten(form, name, value) {
  if (value === undefined || value === null || value === "") return;
  if (typeof value === "object") for (const [k, v] of Object.entries(value)) flatten(form, `${name}[${k}]`, v);
  else form.append(name, String(value));
}

async function call(key, path, init = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...init, headers: { Authorization: `Bearer ${key}` }, credentials: "omit", referrerPolicy: "no-referrer" });
    const body = await answer.json();
    return answer.ok ? { paymentIntent: body } : { error: body.error };
  } catch {
    return { error: { type: "api_connection_error", message: "We couldn’t reach the payment service. Check your connection and try again." } };
  }
}

export const retrieve = (key, clientSecret) =>
  call(key, `/v1/payment_intents/${encodeURIComponent(idOf(clientSecret))}?client_secret=${encodeURIComponent(clientSecret)}`);

export function confirm(key, clientSecret, card, address, { return_url, receipt_email, payment_method_data } = {}) {
  const details = { ...payment_method_data?.billing_details };
  details.address = { ...details.address, ...Object.fromEntries(Object.entries(address).filter(([, v]) => v !== undefined)) };
  const form = new URLSearchParams();
  flatten(form, "client_secret", clientSecret);
  flatten(form, "return_url", return_url);
  flatten(form, "receipt_email", receipt_email);
  flatten(form, "payment_method_data", { type: "card", card, billing_details: details });
  form.append("expected_payment_method_type", "card");
  form.append("use_stripe_sdk", "true");
  return call(key, `/v1/payment_intents/${encodeURIComponent(idOf(clientSecret))}/confirm`, { method: "POST", body: form });
}
