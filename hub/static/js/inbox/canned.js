/* Canned replies: "/" at the start of a line, or the button, opens a list that is searched by typing. They
   are fetched once, filled for this ticket; what is chosen goes where the cursor stood. */

const MOST = 50; // rows that are drawn; the rest is searched for

let replies = null;
let shown = [];
let active = 0;
let place = null; // { area, start, end }: what the choice replaces

const popup = () => document.querySelector("[data-canned-popup]");
const search = () => document.getElementById("canned-search");
const list = () => document.getElementById("canned-options");
const wantsPlain = () => popup().querySelector("[data-canned-plain]").checked;
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/* --- The list --------------------------------------------------------------------------------------- */

function count(words) {
  popup().querySelector("[data-canned-count]").textContent = words;
}

const element = (name, className, textContent) => Object.assign(document.createElement(name), { className, textContent });

function option(reply, index) {
  const row = element("li", "canned-option", "");
  Object.assign(row, { id: `canned-option-${index}`, role: "option" });
  row.dataset.index = index;
  const head = element("span", "canned-option-head", "");
  head.append(element("strong", "", reply.title), element("span", "muted small", `/${reply.shortcut}`));
  if (reply.plain) head.append(element("span", "tag", popup().dataset.hasPlain));
  const text = element("span", "canned-option-text muted small", textOf(reply).replace(/\s+/g, " "));
  text.lang = reply.language;
  row.append(head, text);
  return row;
}

const textOf = (reply) => (wantsPlain() && reply.plain) || reply.text;

function mark() {
  for (const row of list().children) row.setAttribute("aria-selected", Number(row.dataset.index) === active);
  const row = list().children[active];
  if (row) search().setAttribute("aria-activedescendant", row.id);
  else search().removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}

function draw() {
  const words = folded(search().value.replace(/^\//, "")).split(/\s+/).filter(Boolean);
  const fits = ({ found }) => words.every((word) => found.includes(word));
  const rank = (reply) => (words.length && reply.shortcut.startsWith(words[0]) ? 0 : 1);
  shown = replies.filter(fits).sort((one, other) => rank(one) - rank(other));
  active = 0;
  list().replaceChildren(...shown.slice(0, MOST).map(option));
  const { none, one, many } = popup().dataset;
  count(shown.length === 0 ? none : shown.length === 1 ? one : many.replace("{count}", shown.length));
  mark();
}

async function fetchAll(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  const found = await answer.json();
  return found.replies.map((reply) => ({ ...reply, found: folded(`${reply.shortcut} ${reply.title} ${reply.text}`) }));
}

/* --- Opening and closing ----------------------------------------------------------------------------- */

async function open(form, start, end) {
  place = { area: form.querySelector("textarea[name=text]"), start, end };
  document.getElementById("composer").dataset.touched = "yes";
  popup().hidden = false;
  search().value = "";
  search().focus();
  try {
    replies ??= await fetchAll(form.querySelector("[data-canned]").dataset.canned);
    draw();
  } catch {
    count(popup().dataset.failed);
  }
}

function close() {
  popup().hidden = true;
  list().replaceChildren();
  place?.area.focus();
  place?.area.setSelectionRange(place.end, place.end);
  place = null;
}

function insert(reply) {
  const { area, start, end } = place;
  const text = textOf(reply);
  const before = area.value.slice(0, start);
  const glue = before && !before.endsWith("\n") ? "\n\n" : "";
  area.setRangeText(glue + text, start, end, "end");
  place.end = area.selectionEnd;
  close();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/* --- Hands --------------------------------------------------------------------------------------------- */

document.addEventListener("input", (event) => {
  const { target } = event;
  if (target.id === "canned-search") return replies && draw();
  const form = target.closest?.("[data-composer]");
  if (target.name !== "text" || event.data !== "/" || !form?.querySelector("[data-canned]")) return;
  const start = target.selectionStart - 1;
  if (start === 0 || target.value[start - 1] === "\n") open(form, start, start + 1);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-canned]");
  if (button && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const area = button.closest("form").querySelector("textarea[name=text]");
    open(button.closest("form"), area.selectionStart, area.selectionEnd);
  } else if (event.target.closest("[data-canned-close]")) close();
  else if (event.target.closest(".canned-option")) insert(shown[event.target.closest(".canned-option").dataset.index]);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-canned-plain]") && replies) draw();
});

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

document.addEventListener("keydown", (event) => {
  if (!place || !popup()?.contains(event.target) || event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.target.id !== "canned-search") return;
  else if (event.key === "Enter") {
    event.preventDefault();
    if (shown[active]) insert(shown[active]);
  } else if (event.key in STEPS) {
    event.preventDefault();
    const rows = list().children.length;
    active = rows ? (active + STEPS[event.key] + rows) % rows : 0;
    mark();
  }
}, { capture: true });
