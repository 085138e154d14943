/* After a form was sent the page comes back whole: the focus goes where it was, so that whoever works
   by keyboard goes on from there, or where the button leads (data-then-focus). When that is gone, the
   nearest thing to do beside it has it; when the form was refused, the field that is wrong, or what has to be read first (data-takes-focus). */

const KEY = "hub-focus";
const USABLE = "button:not([disabled]), summary, a[href], textarea, input:not([type=hidden])";

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  const id = event.submitter?.dataset.thenFocus || document.activeElement?.id || event.submitter?.id;
  const part = event.target.closest("[id]")?.id;
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, id, part }));
});

const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
sessionStorage.removeItem(KEY);

function target({ id, part }) {
  const same = id && document.getElementById(id);
  if (same) return same;
  const near = part ? document.getElementById(part)?.querySelectorAll(USABLE) ?? [] : [];
  return [...near].find((element) => element.checkVisibility());
}

function giveTo(element) {
  element?.focus({ preventScroll: true });
  if (element?.matches("textarea")) element.setSelectionRange(element.value.length, element.value.length);
}

function giveBack() {
  const wrong = document.querySelector("[data-takes-focus], [aria-invalid=true]");
  if (wrong) wrong.focus();
  else if (kept?.path === location.pathname) giveTo(target(kept));
}

// An address with a #place takes the focus away once all is loaded: come after it.
window.addEventListener("load", () => setTimeout(giveBack));
