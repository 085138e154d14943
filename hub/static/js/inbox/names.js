/* Names are offered while one is typed: after an @ in a note (textarea[data-names]), or in a field that
   holds one name alone ([data-names][data-whole]). The server recognises them in what was typed, so
   nothing hangs on this list. It follows the pattern of a list box: the field keeps the focus, arrows
   move, Enter or Tab takes, Escape closes. */

const SOON = 120; // after the last key
const TYPED = /(?:^|[^\p{L}\p{N}_.+-])@([\p{L}\p{N}_.-]{0,40})$/u;

const list = Object.assign(document.createElement("ul"), { id: "names-offered", className: "names-offered", hidden: true });
list.setAttribute("role", "listbox");
const status = () => document.getElementById("names-said");

let field = null; // where a name is being typed
let offered = [];
let marked = -1;
let timer = 0;
let asked = null;

/* --- What is typed -------------------------------------------------------------------------------- */

/** The beginning of a name, and where it starts; null where none is being typed. */
function beginning(area) {
  if (area.dataset.whole !== undefined) {
    const text = area.value.trim().replace(/^@/, "");
    return text ? { text, start: 0 } : null;
  }
  if (area.selectionStart !== area.selectionEnd) return null;
  const found = TYPED.exec(area.value.slice(0, area.selectionStart));
  return found && { text: found[1], start: area.selectionStart - found[1].length - 1 };
}

async function ask(area, text) {
  asked?.abort();
  asked = new AbortController();
  try {
    const address = new URL(area.dataset.names, location.href);
    address.searchParams.set("q", text);
    const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "application/json" } });
    if (answer.ok && !answer.redirected && beginning(area)?.text === text) open(area, await answer.json());
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function plan(area) {
  clearTimeout(timer);
  const found = beginning(area);
  if (found) timer = setTimeout(ask, SOON, area, found.text);
  else close();
}

/* --- The list --------------------------------------------------------------------------------------- */

function option({ name, handle, detail }, number) {
  const item = Object.assign(document.createElement("li"), { id: `name-offered-${number}` });
  item.setAttribute("role", "option");
  const [first, second] = ["names-name", "names-detail"].map((className) => Object.assign(document.createElement("span"), { className }));
  first.textContent = name;
  second.textContent = detail ? `@${handle} · ${detail}` : `@${handle}`;
  item.append(first, " ", second);
  return item;
}

function open(area, names) {
  if (!names.length || document.activeElement !== area) return close();
  field = area;
  offered = names;
  list.replaceChildren(...names.map(option));
  list.setAttribute("aria-label", status()?.dataset.label ?? "");
  list.hidden = false;
  document.body.append(list);
  place();
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "true");
  mark(0);
  const said = status();
  if (said) said.textContent = said.dataset.words.replace("{count}", names.length);
}

/** Below the field, or above it where there is more room. */
function place() {
  const box = field.getBoundingClientRect();
  const isAbove = innerHeight - box.bottom < box.top;
  list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = isAbove ? "auto" : `${box.bottom + 4}px`;
  list.style.bottom = isAbove ? `${innerHeight - box.top + 4}px` : "auto";
}

function close() {
  clearTimeout(timer);
  asked?.abort();
  if (list.hidden) return;
  list.hidden = true;
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  if (field?.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "false");
  field = null;
  if (status()) status().textContent = "";
}

function mark(number) {
  marked = (number + offered.length) % offered.length;
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === marked)));
  list.children[marked].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", list.children[marked].id);
}

function take(number) {
  const area = field;
  const { handle } = offered[number];
  const found = beginning(area);
  close();
  if (!found) return;
  if (area.dataset.whole !== undefined) area.value = handle;
  else area.setRangeText(`@${handle} `, found.start, area.selectionEnd, "end");
  area.dispatchEvent(new Event("change", { bubbles: true }));
  area.focus();
}

/* --- Hands ------------------------------------------------------------------------------------------ */

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-names]") && !event.isComposing) plan(event.target);
});

/* Before those who listen for the same keys: the list is in front. */
document.addEventListener("keydown", (event) => {
  if (list.hidden || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) mark(marked + moves[event.key]);
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(marked);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

list.addEventListener("pointerdown", (event) => {
  event.preventDefault(); // the field keeps the focus
  const item = event.target.closest("[role=option]");
  if (item) take([...list.children].indexOf(item));
});

document.addEventListener("focusout", (event) => {
  if (event.target === field) close();
});
window.addEventListener("resize", close);
document.addEventListener("scroll", (event) => {
  if (event.target !== list) close();
}, { capture: true, passive: true });
