// The order's page: prints, and changes by itself once the bank's word is there.
import { call } from "./api.js";

document.getElementById("print")?.addEventListener("click", () => print());

const watch = document.getElementById("order-watch");
if (watch) poll(0);

/** Asks until the order is no longer what the page shows: often at first, then every few seconds. */
async function poll(tries) {
  const { body } = await call("GET", watch.dataset.url);
  if (body && body.state !== watch.dataset.state) {
    location.reload();
    return;
  }
  setTimeout(() => poll(tries + 1), tries < 20 ? 1000 : 5000);
}
