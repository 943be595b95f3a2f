// The time that is left. It counts from what the server said was left, not from a clock that may be wrong.
import { call } from "../api.js";

const at = (id) => document.getElementById(id);
const warnings = [[120, "Two minutes left to pay for your seats."], [30, "Thirty seconds left."]];

/** Writes seconds as minutes and seconds. */
export const written = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Runs the countdown. Returns { left() in seconds, stop() }. on.over is called once, when the time is up. */
export function startClock(data, on) {
  let end = performance.now() + data.expires_in * 1000;
  let last = data.expires_in;
  const left = () => Math.max(0, Math.round((end - performance.now()) / 1000));

  function tick() {
    const now = left();
    at("countdown").textContent = written(now);
    at("timer").dataset.state = now === 0 ? "over" : now <= 120 ? "soon" : "running";
    for (const [seconds, text] of warnings) {
      if (last > seconds && now <= seconds) at("announce").textContent = text;
    }
    last = now;
    if (now === 0) {
      stop();
      on.over();
    }
  }
  const timer = setInterval(tick, 500);
  const stop = () => clearInterval(timer);

  at("extend-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { body, problem } = await call("POST", `${data.hold_url}/extend`, {});
    if (body) {
      end = performance.now() + body.expires_in * 1000;
      last = body.expires_in;
      at("announce").textContent = `You have ${written(body.expires_in)} again.`;
      tick();
    } else {
      at("announce").textContent = problem.detail;
    }
    if (body || problem.code === "hold_extended") at("extend-form").hidden = true;
  });
  tick();
  return { left, stop };
}
