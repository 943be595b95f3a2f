// The price of an exchange is worked out anew when somebody else is to sit there, and the time that is left runs.
import { clock, secondsLeft } from "./checkout/clock.js";

const form = document.getElementById("exchange-prices");
form?.addEventListener("change", () => form.requestSubmit());

const countdown = document.getElementById("countdown");
if (countdown) {
  const end = performance.now() + Number(countdown.dataset.expiresIn) * 1000;
  const timer = setInterval(() => {
    const left = secondsLeft(end, performance.now());
    countdown.textContent = clock(left);
    if (left > 0) return;
    clearInterval(timer);
    setTimeout(() => location.reload(), 1500); // the server has the last word, and a page that says so
  }, 250);
}
