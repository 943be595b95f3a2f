// The live view of a waiting room: the server draws it anew every few seconds and sends it as an event. Without this the
// page shows one moment.
const live = document.getElementById("live-now");
const charts = document.getElementById("live-charts");
const lost = document.getElementById("live-lost");
const say = document.getElementById("live-say");

// Longer than the server lets pass between two events.
const PATIENCE = 12_000;

if (live && "EventSource" in window) {
  let late;
  let state = live.firstElementChild?.dataset.state;
  const source = new EventSource(live.dataset.stream);
  const heard = () => {
    lost.hidden = true;
    clearTimeout(late);
    late = setTimeout(() => { lost.hidden = false; }, PATIENCE);
  };
  source.addEventListener("now", (event) => {
    heard();
    live.innerHTML = event.data;
    const part = live.firstElementChild;
    // Who hears the page is told when something changes, not every figure.
    if (part && part.dataset.state !== state) {
      state = part.dataset.state;
      say.textContent = part.dataset.say;
    }
  });
  source.addEventListener("charts", (event) => { if (charts) charts.innerHTML = event.data; });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(late);
      lost.hidden = false;
    }
  });
  heard();
  addEventListener("pagehide", () => { source.close(); clearTimeout(late); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
