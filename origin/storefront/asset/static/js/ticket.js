// Tickets on a screen: the code carries the six digits of the moment, so that a picture of it is worthless half a minute
// later. It is counted here, from the ticket's secret, and needs no network.
import { counting, digits, STEP } from "./rotating.js";
import qrcode from "./vendor/qrcode.js";

const QUIET = 4; // modules of empty border

/** Draws a text as the page's own codes are drawn, into the SVG that is there. */
function draw(svg, text) {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let y = 0; y < count; y += 1) {
    for (let x = 0; x < count; x += 1) {
      if (!code.isDark(y, x)) continue;
      let run = x;
      while (run < count && code.isDark(y, run)) run += 1;
      path += `M${x + QUIET} ${y + QUIET}h${run - x}v1H${x + QUIET}z`;
      x = run;
    }
  }
  const side = count + 2 * QUIET;
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.querySelector("rect").setAttribute("width", side);
  svg.querySelector("rect").setAttribute("height", side);
  svg.querySelector("path").setAttribute("d", path);
}

/** Keeps one ticket at the moment. */
async function live(place) {
  const key = await counting(place.dataset.secret);
  const svg = place.querySelector("svg");
  const shown = place.closest(".ticket-code").querySelector(".ticket-digits");
  let last = 0;
  const tick = async () => {
    const step = Math.floor(Date.now() / 1000 / STEP);
    if (step === last) return;
    last = step;
    const now = await digits(key, step);
    draw(svg, `${place.dataset.code}.${now}`);
    shown.textContent = `${now.slice(0, 3)} ${now.slice(3)}`;
    place.dataset.live = now;
  };
  await tick();
  setInterval(tick, 500);
  // Paper stands still: it shows the code without the digits.
  const still = () => { last = 0; draw(svg, place.dataset.code); };
  addEventListener("beforeprint", still);
  addEventListener("afterprint", tick);
}

if (globalThis.crypto?.subtle) for (const place of document.querySelectorAll("[data-secret]")) live(place);
