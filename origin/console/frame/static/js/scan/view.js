// What the scanner shows: never by colour alone, each verdict has its sign and its words.
const words = JSON.parse(document.getElementById("scanner").dataset.words);
words.no_list = ["No list on this device", "It has never been online for this performance. Find a network, or use another scanner."];
const panel = document.getElementById("scan-verdict");
const { zone } = document.getElementById("scanner").dataset;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
const SHOWN = 6000; // ms for which a yes stays; a no stays until the next scan

// make builds an element with text: nothing that a code says becomes markup.
function make(tag, name, text, ...inside) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  element.append(...inside);
  return element;
}

const moment = (fact) => Date.parse(fact.offline || !fact.received_at ? fact.at : fact.received_at);
const told = (fact) => `${clock.format(moment(fact))}, ${fact.door}, ${fact.device_name}${fact.offline ? " (offline)" : ""}`;

const SIGNS = { in: ["✓", "Let in"], out: ["↩", "Let out"], refused: ["✕", "Stop"], trouble: ["!", "Not checked"] };

let clearing = 0;

// draw shows a verdict. byHand, when it is there, is what a second press on "by hand" does.
export function draw(verdict, byHand = null) {
  clearTimeout(clearing);
  const [sign, word] = SIGNS[verdict.result];
  panel.replaceChildren(make("p", "scan-sign", sign), make("p", "scan-word", word));
  panel.firstChild.setAttribute("aria-hidden", "true");
  panel.dataset.result = verdict.result;
  panel.dataset.reason = verdict.reason ?? "";
  panel.dataset.alone = verdict.alone ? "yes" : "no";
  if (verdict.seat) panel.append(make("p", "scan-seat", verdict.seat));
  if (verdict.result !== "refused" && verdict.type) panel.append(make("p", "scan-kind", verdict.type));
  if (verdict.result === "refused") {
    const [short, what] = words[verdict.reason] ?? ["Refused", "Ask the box office."];
    panel.append(make("p", "scan-reason", short));
    if (verdict.was) panel.append(make("p", "scan-was", told(verdict.was)));
    if (verdict.other) panel.append(make("p", "scan-was", verdict.other));
    panel.append(make("p", "scan-what", what));
  }
  if (verdict.result !== "refused" && verdict.reason) panel.append(make("p", "scan-what", `By hand, in spite of: ${words[verdict.reason]?.[0] ?? verdict.reason}.`));
  if (verdict.result === "trouble") panel.append(make("p", "scan-what", verdict.text));
  if (verdict.twice?.length > 1) panel.append(make("p", "scan-what", `Came in with it: ${verdict.twice.map(told).join("; ")}`));
  if (verdict.alone) panel.append(make("p", "scan-alone", "Decided on this device: the house does not answer."));
  const buttons = make("p", "scan-buttons");
  if (byHand) {
    const button = make("button", "button quiet small", "By hand…");
    button.type = "button";
    button.dataset.testid = "by-hand";
    button.addEventListener("click", () => {
      if (button.dataset.sure) return byHand();
      button.dataset.sure = "yes";
      button.textContent = "Press again to overrule; it is written down";
    });
    buttons.append(button);
  }
  const next = make("button", "button small", "Next");
  next.type = "button";
  next.dataset.testid = "scan-next";
  next.addEventListener("click", hide);
  buttons.append(next);
  panel.append(buttons);
  panel.hidden = false;
  if (verdict.result === "in" || verdict.result === "out") clearing = setTimeout(hide, SHOWN);
}

function hide() { panel.hidden = true; }

// drawTwice lists the tickets with which more than one person came in.
export function drawTwice(twice) {
  const section = document.getElementById("scan-twice");
  section.hidden = twice.length === 0;
  section.querySelector("ul").replaceChildren(...twice.map(({ seat, entries }) => make("li", "", "", make("strong", "", seat), ...entries.map((f) => make("span", "", told(f))))));
}

// line says how the scanner stands with the house.
export function line({ kept, away, signedOut, untold, rejected }) {
  const element = document.getElementById("scan-line");
  const list = kept ? `list of ${clock.format(kept.listed)}` : "no list yet";
  const waiting = untold === 0 ? "" : untold === 1 ? " 1 scan waits to be sent." : ` ${untold} scans wait to be sent.`;
  const lost = rejected.length === 0 ? "" : ` The house did not take ${rejected.length}: ${rejected[0].reason}`;
  let state = "online";
  let text = `Online, ${list}.`;
  if (signedOut) [state, text] = ["signed-out", `Signed out: deciding here, ${list}. Leave and sign in to send.`];
  else if (away) [state, text] = ["offline", `Offline: deciding here, ${list}.`];
  else if (!kept) [state, text] = ["opening", "Fetching the list…"];
  const whole = text + waiting + lost;
  element.dataset.untold = untold;
  if (element.dataset.state !== state || element.textContent !== whole) {
    element.dataset.state = state;
    element.textContent = whole;
  }
}
