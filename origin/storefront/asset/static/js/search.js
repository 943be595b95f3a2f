// Results as you type. The form works without this.
import { swap } from "./swap.js";

const pause = 180; // milliseconds without typing before asking

const form = document.getElementById("search-form");
const input = form.querySelector("input[name=q]");
const status = document.getElementById("search-status");
let timer;
let asked = input.value.trim();

async function ask() {
  const words = input.value.trim();
  if (words === asked) return;
  asked = words;
  const url = new URL(form.action);
  if (words) url.searchParams.set("q", words);
  const fresh = await swap(url.href, document.getElementById("results"), { history: "replace" });
  if (fresh) status.textContent = fresh.dataset.status;
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  ask();
});
