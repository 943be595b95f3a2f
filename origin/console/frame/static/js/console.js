// On every page of the console. Without it all works; with it there is less to click.

// The switcher needs no button when choosing is enough. Arrow keys in a closed list choose, too: only a mouse, a finger
// or Enter means it.
for (const form of document.querySelectorAll("form[data-auto-submit]")) {
  const select = form.querySelector("select");
  const chosen = select.value;
  let byKey = false;
  form.classList.add("auto");
  select.addEventListener("keydown", (event) => {
    byKey = true;
    if (event.key === "Enter" && select.value !== chosen) form.requestSubmit();
  });
  select.addEventListener("pointerdown", () => { byKey = false; });
  select.addEventListener("change", () => { if (!byKey) form.requestSubmit(); });
  select.addEventListener("blur", () => { if (select.value !== chosen) form.requestSubmit(); });
}

// On a phone the navigation is a row to push: where one is stands in it.
const here = document.querySelector(".side [aria-current]");
if (here) {
  const row = here.closest("ul");
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Menus close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.me[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.me[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form whose changes would be lost says so, and asks before one leaves.
let unsaved = false;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (!form) return;
  unsaved = true;
  const mark = form.querySelector(".unsaved");
  if (mark) mark.hidden = false;
});
document.addEventListener("submit", (event) => { if (event.target.matches("form[data-guard]")) unsaved = false; });
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
