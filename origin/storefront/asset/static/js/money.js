// Money as the server writes it: whole pounds and dollars without pence and cents.

const symbols = { GBP: "£", USD: "$", EUR: "€" };

/** Writes minor units of an ISO 4217 currency. */
export function money(amount, currency) {
  const sign = amount < 0 ? "−" : "";
  const minor = Math.abs(amount);
  const whole = String(Math.trunc(minor / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = minor % 100;
  const symbol = symbols[currency] ?? `${currency} `;
  return sign + symbol + whole + (rest ? "." + String(rest).padStart(2, "0") : "");
}
