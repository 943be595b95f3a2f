// Esc in the checkout, or here, gives the check up: the same as failing it.
const form = document.getElementById("check");
const giveUp = () => form?.requestSubmit(form.querySelector('[value="fail"]'));

addEventListener("keydown", (e) => { if (e.key === "Escape") giveUp(); });
addEventListener("message", ({ source, data }) => {
  if (source !== parent || data?.stagedoor !== "3ds-cancel") return;
  if (form) giveUp();
  else parent.postMessage({ stagedoor: "3ds" }, "*"); // nothing left to decide
});
if (parent !== window) parent.postMessage({ stagedoor: "3ds-height", height: document.documentElement.offsetHeight }, "*");

// The keyboard and the screen reader start at the top of the check.
document.querySelector("h1").focus();
// A check that is over has nothing to wait for.
if (!form && parent !== window) parent.postMessage({ stagedoor: "3ds" }, "*");
