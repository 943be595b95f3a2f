// The card form inside its frame. It talks to the shop's page through one
// MessagePort (see v3.js) and to the sandbox's API. What is typed here goes to the
// sandbox and nowhere else; the shop's page learns whether it is complete, and how a
// payment ended.
import { dress } from "./appearance.js";
import { confirm, retrieve } from "./confirm.js";
import { countries, likelyCountry } from "./countries.js";
import { brandOf, caretAfter, digitsOf, group, postcodeOf, readCvc, readExpiry, readNumber, readPostcode, writeExpiry } from "./number.js";

const $ = (id) => document.getElementById(id);
const form = $("card");
const brands = document.querySelector(".brands");
const asked = { country: true, postcode: true };
let port, settings, busy = false;

const read = {
  number: () => readNumber($("number").value),
  expiry: () => readExpiry($("expiry").value, new Date()),
  cvc: () => readCvc($("cvc").value, brandOf(digitsOf($("number").value))),
  postcode: () => (asked.postcode ? readPostcode($("postcode").value, $("country").value) : { state: "complete", value: "" }),
};
const names = Object.keys(read);

function show(name, message) {
  const input = $(name), error = $(name + "-error");
  if (error.textContent !== message) error.textContent = message;
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  measure();
}

function measure() {
  port?.postMessage({ type: "resize", height: Math.ceil(form.getBoundingClientRect().height) + 6 });
}

function tellChange() {
  const states = names.map((name) => read[name]().state);
  port?.postMessage({
    type: "change",
    event: { complete: states.every((s) => s === "complete"), empty: ["number", "expiry", "cvc"].every((n) => $(n).value === "") },
  });
}

function showBrand() {
  const brand = brandOf(digitsOf($("number").value));
  const mark = brands.querySelector(`[data-brand="${brand.id}"]`) ?? brands.querySelector(".other");
  brands.querySelectorAll(".shown").forEach((m) => m.classList.remove("shown"));
  if (digitsOf($("number").value) === "") delete brands.dataset.brand;
  else {
    brands.dataset.brand = brand.id;
    mark.classList.add("shown");
  }
  $("cvc").maxLength = brand.cvc;
  $("cvc").placeholder = brand.cvc === 4 ? "4 digits" : "CVC";
}

function askPostcode() {
  const rule = postcodeOf($("country").value);
  $("postcode-field").hidden = !rule || !asked.postcode;
  document.querySelector(".address").classList.toggle("single", $("postcode-field").hidden || !asked.country);
  if (rule) {
    $("postcode-label").textContent = rule.label;
    $("postcode").placeholder = rule.hint;
    $("postcode").inputMode = rule.digits ? "numeric" : "text";
  }
  show("postcode", "");
}

$("number").addEventListener("input", ({ target }) => {
  const before = digitsOf(target.value.slice(0, target.selectionStart)).length;
  target.value = group(digitsOf(target.value));
  const caret = caretAfter(target.value, before);
  target.setSelectionRange(caret, caret);
  showBrand();
});
$("expiry").addEventListener("input", (e) => {
  if (e.target.selectionStart === e.target.value.length) e.target.value = writeExpiry(e.target.value, e.inputType?.startsWith("delete"));
});
$("cvc").addEventListener("input", ({ target }) => (target.value = digitsOf(target.value)));
$("country").addEventListener("change", () => { askPostcode(); tellChange(); });
for (const name of names) {
  $(name).addEventListener("input", () => { show(name, ""); tellChange(); });
  $(name).addEventListener("blur", () => {
    const { state, message } = read[name]();
    // Leaving a field empty is not a mistake yet: the form asks when it is sent.
    if (state === "incomplete" || state === "invalid") show(name, message);
  });
}
form.addEventListener("submit", (e) => { e.preventDefault(); port?.postMessage({ type: "enter" }); });
form.addEventListener("keydown", (e) => { if (e.key === "Escape") port?.postMessage({ type: "escape" }); });
addEventListener("focus", () => port?.postMessage({ type: "focus" }));
addEventListener("blur", () => port?.postMessage({ type: "blur" }));
new ResizeObserver(measure).observe(form);
$("practice").addEventListener("toggle", measure);

$("practice").addEventListener("click", (e) => {
  const chosen = e.target.closest("button[data-number]");
  if (!chosen) return;
  $("number").value = group(chosen.dataset.number);
  $("expiry").value = "12 / " + String(new Date().getFullYear() + 4).slice(2);
  $("cvc").value = chosen.dataset.cvc;
  if (asked.postcode && $("postcode").value === "") $("postcode").value = postcodeOf($("country").value)?.hint ?? "";
  names.forEach((name) => show(name, ""));
  showBrand();
  tellChange();
});

// validate shows every fault, moves to the first and describes it to the page.
function validate() {
  let first;
  for (const name of names) {
    const { state, code, message } = read[name]();
    show(name, state === "complete" ? "" : message);
    if (state !== "complete" && !first) first = { name, error: { type: "validation_error", code, message } };
  }
  if (first) $(first.name).focus();
  return first?.error;
}

const fieldOf = { number: "number", cvc: "cvc", exp_month: "expiry", exp_year: "expiry" };

async function pay({ clientSecret, confirmParams }) {
  if (busy) return { error: { type: "invalid_request_error", code: "lock_timeout", message: "This payment is already being made." } };
  const invalid = validate();
  if (invalid) return { error: invalid };
  busy = true;
  const fields = [...form.querySelectorAll("input, select")];
  fields.forEach((f) => (f.disabled = true));
  try {
    const { month, year } = read.expiry().value;
    const card = { number: read.number().value, exp_month: month, exp_year: year, cvc: read.cvc().value };
    const address = { country: asked.country ? $("country").value : undefined, postal_code: read.postcode().value || undefined };
    const result = await confirm(settings.key, clientSecret, card, address, confirmParams);
    fields.forEach((f) => (f.disabled = false));
    const field = fieldOf[result.error?.param];
    if (field) {
      show(field, result.error.message);
      $(field).focus();
    }
    return result;
  } finally {
    fields.forEach((f) => (f.disabled = false));
    busy = false;
  }
}

const commands = {
  pay,
  validate: () => ({ error: validate() }),
  dress: ({ appearance, dark }) => dress(appearance, dark),
  focus: () => $("number").focus(),
  clear() {
    form.reset();
    names.forEach((name) => show(name, ""));
    showBrand();
    setCountry();
    tellChange();
  },
};

function setCountry() {
  $("country").value = likelyCountry(settings.address?.country, settings.currency, navigator.languages);
  $("postcode").value = settings.address?.postal_code ?? "";
  askPostcode();
}

async function start(given) {
  settings = given;
  dress(settings.appearance, settings.dark);
  asked.country = settings.ask?.country !== "never";
  asked.postcode = settings.ask?.postalCode !== "never";
  $("country-field").hidden = !asked.country;
  document.querySelector(".address").hidden = !asked.country && !asked.postcode;
  for (const [code, name] of countries(settings.locale)) $("country").add(new Option(name, code));
  const { paymentIntent, error } = await retrieve(settings.key, settings.clientSecret);
  settings.currency = paymentIntent?.currency;
  setCountry();
  if (error) port.postMessage({ type: "loaderror", error });
  measure();
  port.postMessage({ type: "ready" });
  tellChange();
}

// The first page to say hello gets the port, and it must be the one we are framed by.
addEventListener("message", function hello({ source, data, ports }) {
  if (source !== parent || data?.stagedoor !== "card" || !ports[0]) return;
  removeEventListener("message", hello);
  port = ports[0];
  port.onmessage = async ({ data: { id, command, args } }) => {
    const result = Object.hasOwn(commands, command) ? await commands[command](args ?? {}) : undefined;
    if (id) port.postMessage({ type: "answer", id, result });
  };
  start(data.settings);
});
