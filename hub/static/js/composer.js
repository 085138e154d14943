/* Where people write. Counts characters against textarea[data-limit], follows the chosen way to
   answer, sends on Ctrl+Enter. Counts code points while typing, and what the platform counts more or
   less than that (data-more, from inbox/preview.js). A text that will be split (data-splits) is never
   too long here: the preview tells. */

const SHOWN = 0.5; // share of the limit from which the count shows
const NEAR = 0.9; // and from which it warns

const counterOf = (area) => document.querySelector(`[data-count-for="${area.id}"]`);

function show(counter, text) {
  if (counter.textContent !== text) counter.textContent = text;
}

/** Nothing while there is much room; then the count shows, and each change of level is announced. */
function count(area) {
  const counter = counterOf(area);
  if (!counter) return;
  const limit = Number(area.dataset.limit);
  const used = [...area.value].length + Number(area.dataset.more ?? 0);
  const isKnown = limit && Number.isFinite(used);
  const level = !isKnown || used < limit * NEAR ? "roomy" : used <= limit ? "near" : "over";
  if (counter.dataset.level !== level) counter.setAttribute("aria-live", "polite");
  else counter.setAttribute("aria-live", "off");
  counter.dataset.level = level;
  counter.classList.toggle("is-near", level === "near");
  counter.classList.toggle("is-over", level === "over");
  const sentence = level === "over" ? counter.dataset.over : counter.dataset.left;
  const isSplit = level === "over" && area.dataset.splits !== undefined;
  const shown = isKnown && used >= limit * SHOWN && !isSplit;
  show(counter, shown ? sentence.replace("{count}", Math.abs(limit - used).toLocaleString(document.documentElement.lang)) : "");
}

function follow(choice) {
  const form = choice.form;
  const area = form.querySelector("textarea");
  const hint = form.querySelector(".composer-hint");
  area.dataset.limit = choice.dataset.limit;
  area.toggleAttribute("data-splits", choice.dataset.splits !== undefined);
  delete area.dataset.more;
  if (hint) hint.textContent = choice.dataset.hint;
  count(area);
}

/** Counts anew: the platform counts `more` characters than there are code points; Infinity when no
    count means anything, because the text goes in several parts. */
export function recount(area, more) {
  area.dataset.more = more;
  count(area);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-limit]")) count(event.target);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-composer] input[data-limit]")) follow(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[type=submit]:not([formaction])"));
});

function countAll(root) {
  for (const area of root.querySelectorAll("textarea[data-limit]")) count(area);
}
document.addEventListener("htmx:load", (event) => countAll(event.target));
countAll(document);
