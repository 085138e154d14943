/* After a form was sent the page comes back whole: the focus goes where it was, so that whoever works
   by keyboard goes on from there. A button that is gone leaves it to its neighbour's section. */

const KEY = "hub-focus";

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  const place = { path: location.pathname, id: event.submitter?.id, part: event.target.closest("section, [id]")?.id };
  sessionStorage.setItem(KEY, JSON.stringify(place));
});

const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
sessionStorage.removeItem(KEY);

function target({ id, part }) {
  const same = id && document.getElementById(id);
  if (same) return same;
  return part && document.getElementById(part)?.querySelector("button:not([disabled]), a[href], textarea, input:not([type=hidden])");
}

if (kept?.path === location.pathname && !document.querySelector("[autofocus]")) {
  target(kept)?.focus({ preventScroll: true });
}
