// A simulation or rehearsal that goes on: the server draws how far it is every second and sends it as an event. When it
// is over the page is loaded anew, with what was found. Without this the page shows one moment.
const now = document.getElementById("trial-now");
const lost = document.getElementById("live-lost");
const say = document.getElementById("live-say");

if (now && "EventSource" in window) {
  const source = new EventSource(now.dataset.stream);
  let told = now.firstElementChild?.dataset.say;
  source.addEventListener("now", (event) => {
    lost.hidden = true;
    now.innerHTML = event.data;
    const text = now.firstElementChild?.dataset.say;
    // Who hears the page is told at every tenth of the way, not every figure.
    if (text && text.split(" %")[0] !== told?.split(" %")[0]) say.textContent = told = text;
  });
  source.addEventListener("over", () => { source.close(); location.reload(); });
  source.addEventListener("error", () => { lost.hidden = false; });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
