// Results as you type and as you choose. The form works without this.
import { swap } from "./swap.js";

const pause = 180; // milliseconds without typing before asking

const form = document.getElementById("search-form");
const input = form.querySelector("input[name=q]");
const status = document.getElementById("search-status");
const near = document.getElementById("near");
const nearMe = document.getElementById("near-me");
const nearSaid = document.getElementById("near-said");
let timer;
let asked = address();

/** The address of what the form says, without what it leaves open. */
function address() {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value.trim()) url.searchParams.append(name, value.trim());
  }
  return url.href;
}

async function ask() {
  clearTimeout(timer);
  const url = address();
  if (url === asked) return;
  asked = url;
  const fresh = await swap(url, document.getElementById("results"), { history: "replace" });
  if (fresh) status.textContent = fresh.dataset.status;
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
for (const field of form.elements) {
  if (field !== input) field.addEventListener("change", ask);
}
// A link among the results may have changed what the form sends along.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#results a[data-swap-link]")) asked = "";
});
// From the field to the results and back by the arrow keys.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...document.querySelectorAll("#results .result h3 a")];
  const at = stops.indexOf(document.activeElement);
  const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
});

if ("geolocation" in navigator) {
  nearMe.hidden = false;
  nearMe.textContent = near.value ? "Anywhere" : "Near me";
  nearMe.addEventListener("click", () => {
    if (near.value) {
      near.value = "";
      nearMe.textContent = "Near me";
      nearSaid.textContent = "";
      ask();
      return;
    }
    nearSaid.textContent = "Finding where you are…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        near.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`; // a kilometre is near enough
        nearMe.textContent = "Anywhere";
        nearSaid.textContent = "The nearest come first.";
        ask();
      },
      () => {
        nearSaid.textContent = "Your browser did not say where you are. Choose a city instead.";
      },
      { maximumAge: 600000, timeout: 10000 },
    );
  });
}
