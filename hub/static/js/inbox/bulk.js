/* Selecting rows of a list, one by one, in a range (Shift), all of the page or all of the list, and the
   bar that appears with them. The choices are brought once, when something is selected first. What
   leaves the list while somebody looks at it is no longer selected, and that is said. */

const chosen = new Set(); // references
let last = null; // the row that a range begins at
let isBrought = false;

const bar = () => document.getElementById("bulk");
const boxes = () => [...document.querySelectorAll("#queue .ticket-row:not(.is-gone) .ticket-select input[type=checkbox]")];
const pageBox = () => document.querySelector("[data-bulk-page]");
const wholeBox = () => bar()?.querySelector("input[name=all]");
const put = (sentence, number) => sentence.replace("{number}", number);

/* --- What the bar says ---------------------------------------------------------------------------- */

function say(extra = "") {
  const form = bar();
  const { one, many } = form.dataset;
  const words = wholeBox().checked
    ? form.querySelector("[data-bulk-all]").textContent
    : chosen.size === 1 ? one : put(many, chosen.size);
  const place = form.querySelector("[data-bulk-number]");
  const text = [words, extra].filter(Boolean).join(" ");
  if (place.textContent !== text) place.textContent = text;
}

async function bring() {
  if (isBrought) return;
  isBrought = true;
  const place = bar().querySelector("[data-bulk-menus]");
  try {
    const answer = await fetch(bar().dataset.menus, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    place.innerHTML = await answer.text();
  } catch {
    isBrought = false; // the plain button leads to the same choices
    say(bar().dataset.failed);
  }
}

/** How many "all" would be, once the whole page is selected. */
async function countAll() {
  const place = bar().querySelector("[data-bulk-all]");
  if (place.dataset.counted) return;
  place.dataset.counted = "yes";
  const answer = await fetch(bar().dataset.count, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) place.textContent = (await answer.text()).trim();
  say();
}

function show(extra) {
  const form = bar();
  if (!form) return;
  const whole = boxes().length > 0 && boxes().every((box) => box.checked);
  const some = chosen.size > 0;
  form.classList.toggle("is-shown", some);
  form.classList.toggle("has-whole-page", whole);
  const head = pageBox();
  if (head) {
    head.checked = whole;
    head.indeterminate = some && !whole;
  }
  if (!whole) wholeBox().checked = false;
  for (const box of boxes()) box.closest(".ticket-row").classList.toggle("is-selected", box.checked);
  if (!some) return;
  bring();
  if (whole) countAll();
  say(extra);
}

/* --- Choosing ---------------------------------------------------------------------------------------- */

function set(box, isChosen) {
  box.checked = isChosen;
  if (isChosen) chosen.add(box.value);
  else chosen.delete(box.value);
}

function setRange(from, to, isChosen) {
  const all = boxes();
  const [start, end] = [all.findIndex((box) => box.value === from), all.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return;
  for (const box of all.slice(start, end + 1)) set(box, isChosen);
}

function clear() {
  for (const box of boxes()) set(box, false);
  chosen.clear();
  show();
}

let withShift = false;

document.addEventListener("click", (event) => {
  withShift = event.shiftKey;
  if (event.target.closest("[data-bulk-clear]")) {
    clear();
    document.querySelector("#queue .ticket-link")?.focus({ preventScroll: true });
  }
}, { capture: true });

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("#queue .ticket-select input")) {
    set(box, box.checked);
    if (withShift && last) setRange(last, box, box.checked);
    last = box.value;
    show();
  } else if (box === pageBox()) {
    for (const each of boxes()) set(each, box.checked);
    show();
  } else if (box === wholeBox()) say();
});

/* Text is not marked by a range. */
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".ticket-select")) event.preventDefault();
});

/* Enter in a field presses the button beside it, not the first of the whole bar. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".bulk-menu input")) return;
  event.preventDefault();
  event.target.closest(".menu-panel").querySelector(".btn[name=action]").click();
});

/* --- The list changes meanwhile -------------------------------------------------------------------------- */

function follow() {
  if (!chosen.size) return;
  const there = new Set();
  for (const box of boxes()) {
    there.add(box.value);
    box.checked = chosen.has(box.value);
  }
  const gone = [...chosen].filter((reference) => !there.has(reference));
  for (const reference of gone) chosen.delete(reference);
  for (const box of document.querySelectorAll("#queue .is-gone .ticket-select input")) box.checked = false;
  show(gone.length ? put(bar().dataset.left, gone.length) : "");
}

const list = document.getElementById("queue")?.parentElement;
if (list && bar()) {
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => !bar().contains(target))) follow();
  }).observe(list, { childList: true, subtree: true });
  window.addEventListener("pageshow", () => { // a browser that comes back keeps the ticks
    for (const box of boxes()) if (box.checked) chosen.add(box.value);
    show();
  });
}
