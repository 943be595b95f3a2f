// Reading and writing what people type into a card form. No page in here: plain
// functions, tested by number_test.mjs.

const brands = [
  { id: "visa", name: "Visa", starts: /^4/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { id: "mastercard", name: "Mastercard", starts: /^(5[1-5]|2(2[2-9]|[3-6]|7[01]|720))/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { id: "amex", name: "American Express", starts: /^3[47]/, lengths: [15], groups: [4, 6, 5], cvc: 4 },
  { id: "discover", name: "Discover", starts: /^6(011|4[4-9]|5)/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { id: "diners", name: "Diners Club", starts: /^3(0[0-5]|[68])/, lengths: [14, 16], groups: [4, 6, 4, 2], cvc: 3 },
  { id: "jcb", name: "JCB", starts: /^35/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { id: "unionpay", name: "UnionPay", starts: /^62/, lengths: [16, 17, 18, 19], groups: [4, 4, 4, 4, 3], cvc: 3 },
];

const anyBrand = { id: "unknown", name: "", lengths: [16], groups: [4, 4, 4, 4, 3], cvc: 3 };

export const digitsOf = (text) => text.replace(/\D/g, "");

export const brandOf = (digits) => brands.find((b) => b.starts.test(digits)) ?? anyBrand;

export function luhn(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1 && (digit *= 2) > 9) digit -= 9;
    sum += digit;
  }
  return sum % 10 === 0;
}

// group writes digits as they are embossed on that brand's cards.
export function group(digits) {
  const { groups, lengths } = brandOf(digits);
  const parts = [];
  let rest = digits.slice(0, Math.max(...lengths));
  for (const size of groups) {
    if (rest === "") break;
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return parts.join(" ");
}

// caretAfter finds where in text the caret stands after that many digits.
export function caretAfter(text, count) {
  let at = 0;
  while (at < text.length && count > 0) {
    if (/\d/.test(text[at])) count--;
    at++;
  }
  return at;
}

const ok = (value) => ({ state: "complete", value });
const fault = (state, code, message) => ({ state, code, message });
const empty = (code, message) => fault("empty", code, message);

export function readNumber(text) {
  const digits = digitsOf(text);
  const { lengths } = brandOf(digits);
  if (digits === "") return empty("incomplete_number", "Enter your card number.");
  if (digits.length < Math.min(...lengths)) return fault("incomplete", "incomplete_number", "Your card number is too short.");
  if (!lengths.includes(digits.length)) return fault("incomplete", "incomplete_number", "Your card number isn’t complete.");
  if (!luhn(digits)) return fault("invalid", "invalid_number", "Your card number isn’t right. Check each digit.");
  return ok(digits);
}

// writeExpiry shapes "1230", "12/2030" or "2" into "12 / 30" or "02 / ".
export function writeExpiry(text, deleting) {
  let digits = digitsOf(text);
  if (/^\d\s*\//.test(text) || /^[2-9]/.test(digits)) digits = "0" + digits;
  if (digits.length >= 6 && digits.slice(2, 4) === "20") digits = digits.slice(0, 2) + digits.slice(4);
  digits = digits.slice(0, 4);
  if (digits.length > 2 || (digits.length === 2 && !deleting)) return digits.slice(0, 2) + " / " + digits.slice(2);
  return digits;
}

export function readExpiry(text, now) {
  const digits = digitsOf(text);
  const month = Number(digits.slice(0, 2));
  if (digits === "") return empty("incomplete_expiry", "Enter your card’s expiry date.");
  if (digits.length >= 2 && (month < 1 || month > 12)) return fault("invalid", "invalid_expiry_month", "The month goes from 01 to 12.");
  if (digits.length < 4) return fault("incomplete", "incomplete_expiry", "The expiry date isn’t complete.");
  const year = 2000 + Number(digits.slice(2));
  const past = year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
  if (past) return fault("invalid", "invalid_expiry_year_past", "This card has expired.");
  if (year > now.getFullYear() + 50) return fault("invalid", "invalid_expiry_year", "Check the year.");
  return ok({ month, year });
}

export function readCvc(text, brand) {
  const digits = digitsOf(text);
  if (digits === "") return empty("incomplete_cvc", "Enter the security code.");
  if (digits.length < brand.cvc) return fault("incomplete", "incomplete_cvc", `The security code has ${brand.cvc} digits.`);
  return ok(digits);
}

// Countries whose banks compare the postcode. Elsewhere it is not asked for.
const postcodes = {
  GB: { label: "Postcode", shape: /^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/, hint: "SW1A 1AA" },
  US: { label: "ZIP code", shape: /^\d{5}(\d{4})?$/, hint: "10036", digits: true },
  CA: { label: "Postal code", shape: /^[A-Z]\d[A-Z]\d[A-Z]\d$/, hint: "M5V 3L9" },
};

export const postcodeOf = (country) => postcodes[country];

export function readPostcode(text, country) {
  const rule = postcodes[country];
  const value = text.trim().toUpperCase();
  if (!rule) return ok("");
  const name = rule.label === "ZIP code" ? rule.label : rule.label.toLowerCase();
  if (value === "") return empty("incomplete_zip", `Enter your ${name}.`);
  if (!rule.shape.test(value.replace(/[\s-]/g, ""))) return fault("incomplete", "incomplete_zip", `Your ${name} isn’t complete.`);
  return ok(value);
}
