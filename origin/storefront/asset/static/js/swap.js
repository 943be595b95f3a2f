// Replaces a part of the page by the same part of another page, so that a list can change without a new page. The
// part is an element with an id and data-swap; without this script its links simply load the page.

let latest = 0;
let request;

/**
 * Fetches url and puts its element of the same id in place of region. Returns the new element, or null when a later
 * call overtook this one. Falls back to loading the page when anything goes wrong.
 */
export async function swap(url, region, { history: record = "push" } = {}) {
  const mine = ++latest;
  request?.abort();
  request = new AbortController();
  region.setAttribute("aria-busy", "true");
  let fresh;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: request.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh = page.getElementById(region.id);
    if (mine !== latest) return null;
    if (fresh) document.title = page.title;
  } catch (error) {
    if (error.name === "AbortError" || mine !== latest) return null;
  }
  if (!fresh) {
    location.assign(url);
    return null;
  }
  region.replaceWith(fresh);
  if (record === "push") history.pushState({ swap: fresh.id }, "", url);
  if (record === "replace") history.replaceState({ swap: fresh.id }, "", url);
  return fresh;
}

/** Makes the links marked data-swap-link change their region, and the back button undo it. */
export function swapLinks() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-swap-link]");
    const region = link?.closest("[data-swap][id]");
    if (!region || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const fresh = await swap(link.href, region);
    const same = fresh && [...fresh.querySelectorAll("a[data-swap-link]")].find((a) => a.href === link.href);
    same?.focus({ preventScroll: true });
    same?.scrollIntoView({ block: "nearest", inline: "center" });
  });
  addEventListener("popstate", (event) => {
    const region = document.getElementById(event.state?.swap ?? document.querySelector("[data-swap][id]")?.id ?? "");
    if (region && !location.hash.startsWith("#main")) swap(location.href, region, { history: "none" });
  });
}
