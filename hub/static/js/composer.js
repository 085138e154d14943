/* Where people write. Counts characters against textarea[data-limit], follows the chosen way to
   answer, sends on Ctrl+Enter. Counts code points as a guide while typing; the server has the last
   word, in the platform's own counting. */

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
  const used = [...area.value].length;
  const level = !limit || used < limit * NEAR ? "roomy" : used <= limit ? "near" : "over";
  if (counter.dataset.level !== level) counter.setAttribute("aria-live", "polite");
  else counter.setAttribute("aria-live", "off");
  counter.dataset.level = level;
  counter.classList.toggle("is-near", level === "near");
  counter.classList.toggle("is-over", level === "over");
  const sentence = level === "over" ? counter.dataset.over : counter.dataset.left;
  show(counter, limit && used >= limit * SHOWN ? sentence.replace("{count}", Math.abs(limit - used).toLocaleString(document.documentElement.lang)) : "");
}

function follow(choice) {
  const form = choice.form;
  const area = form.querySelector("textarea");
  const hint = form.querySelector(".composer-hint");
  area.dataset.limit = choice.dataset.limit;
  if (hint) hint.textContent = choice.dataset.hint;
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
  form.requestSubmit(form.querySelector("[type=submit]"));
});

function countAll(root) {
  for (const area of root.querySelectorAll("textarea[data-limit]")) count(area);
}
document.addEventListener("htmx:load", (event) => countAll(event.target));
countAll(document);
