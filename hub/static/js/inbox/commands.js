/* The command bar (Ctrl K): one field for what the page offers and for all there is to open. What can be
   done with a ticket is read from the page: the sheet's words for what is offered under a name
   (data-press), the choices of a field (data-choices="Assign to {text}"), and words to be typed
   (data-typed="Add the tag “{text}”"). A command presses the page's own button or sends its own form.
   Where one may go is asked of the server, once a page. */
import { choose, offered, press } from "./press.js";

const MOST_SHOWN = 50;
const MOST_RECENT = 12;
const RECENT = "hub-commands";
const REFERENCE = /^\s*(\d{4})\s*-?\s*(\d{6,18})\s*-?\s*([a-z])\s*$/i;

const bar = document.getElementById("commands");
const field = bar?.querySelector("[role=combobox]");
const list = bar?.querySelector("[role=listbox]");
const line = bar?.querySelector("template").content.firstElementChild;
const said = bar?.querySelector("[data-commands-said]");

let known = null; // what the server told
let shown = [];
let current = 0;

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’']/g, " ").toLowerCase();
const put = (sentence, text) => sentence.replace("{text}", text);

/* --- What there is ----------------------------------------------------------------------------------- */

const keysOf = (row) => [...(row?.querySelector("dd")?.querySelectorAll("kbd") ?? [])].map((cap) => cap.textContent).join(" ");

function named() {
  const rows = document.querySelectorAll("#shortcuts [data-does]:not(:has(a))");
  return [...rows].flatMap((row) => {
    const element = row.dataset.does === "commands" ? null : offered(row.dataset.does);
    const label = row.querySelector("dt").textContent;
    return element ? [{ id: `press:${row.dataset.does}`, label, hint: keysOf(row), icon: "zap", run: () => press(element) }] : [];
  });
}

function unnamed() {
  return [...document.querySelectorAll("[data-command]:not([aria-pressed=true])")].filter((element) => !element.disabled).map((element) => ({
    id: `press:${element.id}`, label: element.dataset.command, icon: "zap", run: () => press(element),
  }));
}

function choices() {
  return [...document.querySelectorAll("select[data-choices]")].flatMap((select) => [...select.options]
    .filter((option) => option.value && !option.selected)
    .map((option) => ({
      id: `choose:${select.id}:${option.value}`, label: put(select.dataset.choices, option.text.trim()), icon: "zap",
      run: () => choose(select, option.value),
    })));
}

function places() {
  const byAddress = new Map([...document.querySelectorAll("#shortcuts [data-does] a")].map((link) => [link.getAttribute("href"), link]));
  return (known?.commands ?? []).map(({ group, label, hint, icon, href }) => ({
    id: `go:${href}`, group, label, icon, hint: keysOf(byAddress.get(href)?.closest("[data-does]")) || hint, run: () => location.assign(href),
  }));
}

const actions = () => [...named(), ...unnamed(), ...choices()].map((command) => ({ ...command, group: bar.dataset.here }));

/** What only words make: a ticket by its number, a word to be put on the ticket, a search. */
function worded(text) {
  const found = [];
  const reference = text.match(REFERENCE)?.slice(1).join("-").toUpperCase();
  if (reference) found.push({ label: put(bar.dataset.ticket, reference), icon: "inbox", run: () => location.assign(`/tickets/${reference}`) });
  for (const input of document.querySelectorAll("input[data-typed]")) {
    found.push({ label: put(input.dataset.typed, text), icon: "zap", group: bar.dataset.here, run: () => choose(input, text) });
  }
  if (known) found.push({ label: put(bar.dataset.search, text), icon: "search", run: () => location.assign(known.search + encodeURIComponent(text)) });
  return found;
}

/* --- Which of it ---------------------------------------------------------------------------------------- */

const recent = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");

function remember({ id }) {
  if (id) localStorage.setItem(RECENT, JSON.stringify([id, ...recent().filter((other) => other !== id)].slice(0, MOST_RECENT)));
}

/** How well words fit: each must begin a word or be in the label; null when one is nowhere. */
function fit(command, words) {
  const label = ` ${fold(command.label)}`;
  const whole = `${label} ${fold(command.group ?? "")}`;
  if (!words.every((word) => whole.includes(word))) return null;
  return words.reduce((sum, word) => sum + (label.startsWith(` ${word}`) ? 3 : label.includes(` ${word}`) ? 2 : 0), 0);
}

function find(text) {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const last = recent();
  const rank = ({ id }) => (last.includes(id) ? last.length - last.indexOf(id) : 0);
  const fitting = [...actions(), ...places()]
    .map((command) => ({ command, fits: fit(command, words) }))
    .filter(({ fits }) => fits !== null)
    .sort((one, other) => other.fits - one.fits || rank(other.command) - rank(one.command))
    .map(({ command }) => command);
  const typed = text.trim() ? worded(text.trim()) : [];
  return REFERENCE.test(text) ? [...typed, ...fitting] : [...fitting.slice(0, MOST_SHOWN - typed.length), ...typed];
}

/* --- Showing it -------------------------------------------------------------------------------------------- */

function draw(command, index) {
  const element = line.cloneNode(true);
  element.id = `command-${index}`;
  const use = element.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${command.icon}`));
  element.querySelector(".commands-label").textContent = command.label;
  element.querySelector(".commands-hint").textContent = command.hint ?? "";
  element.querySelector(".commands-group").textContent = command.group ?? bar.dataset.places;
  return element;
}

function point(index) {
  const lines = [...list.children];
  lines[current]?.setAttribute("aria-selected", "false");
  current = (index + lines.length) % (lines.length || 1);
  lines[current]?.setAttribute("aria-selected", "true");
  lines[current]?.scrollIntoView({ block: "nearest" });
  if (lines[current]) field.setAttribute("aria-activedescendant", lines[current].id);
  else field.removeAttribute("aria-activedescendant");
}

function show() {
  shown = find(field.value);
  list.replaceChildren(...shown.map(draw));
  bar.querySelector(".commands-none").hidden = shown.length > 0;
  const words = [bar.dataset.none, bar.dataset.one][shown.length] ?? bar.dataset.count.replace("{count}", shown.length);
  said.textContent = words;
  point(0);
}

function run(command) {
  if (!command) return;
  remember(command);
  bar.close();
  command.run();
}

/** Lists and their figures, as they are now; without them the bar still does what the page offers. */
async function learn() {
  try {
    const answer = await fetch(bar.dataset.source, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    known = await answer.json();
    if (bar.open && current === 0) show();
  } catch {
    if (bar.open) said.textContent = bar.dataset.failed;
  }
}

export function openCommands() {
  if (!bar || bar.open) return;
  field.value = "";
  bar.showModal();
  show();
  if (!known) learn();
}

const MOVES = { ArrowDown: () => current + 1, ArrowUp: () => current - 1, PageDown: () => Math.min(current + 8, shown.length - 1), PageUp: () => Math.max(current - 8, 0) };

field?.addEventListener("input", show);
field?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (MOVES[event.key]) point(MOVES[event.key]());
  else if (event.key === "Enter") run(shown[current]);
  else if (event.key === "k" && (event.ctrlKey || event.metaKey)) bar.close();
  else return;
  event.preventDefault();
});
list?.addEventListener("click", (event) => run(shown[[...list.children].indexOf(event.target.closest("[role=option]"))]));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-press=commands]")) openCommands();
});
