/* Shortcuts. Which keys there are, and what each does, stands in the sheet of the page (#shortcuts, made
   by hub/inbox/keyboard/shortcuts.py): a row presses the element of its name, follows its own link, or
   does what is written under OWN. Nothing happens while somebody types, in an open dialog, or, but for
   keys with Ctrl, for those who switched single keys off. */
import { openCommands } from "./commands.js";
import { offered, press } from "./press.js";

const PATIENCE = 1_500; // between the two keys of a sequence
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const ACTED_ON_BY_ENTER = "a[href], button, summary, input";
const ROW = "hub-row";

const sheet = document.getElementById("shortcuts");
const rows = [...(sheet?.querySelectorAll("[data-does]") ?? [])].map((row) => ({
  does: row.dataset.does,
  keys: row.dataset.keys.split(" | "),
  link: row.querySelector("a"),
}));
const isOff = Boolean(sheet?.querySelector(".shortcuts-off"));

/* --- In a list ------------------------------------------------------------------------------------ */

const currentRow = () => document.activeElement?.closest("main .ticket-row");

/** The rows, between the links to the page before and the page after. Beside an open ticket a list is
    walked through only from within: the same keys lead from ticket to ticket there. */
function stops() {
  if (document.getElementById("thread") && !currentRow()) return [];
  const at = (selector) => [...document.querySelectorAll(`main ${selector}`)];
  return [...at(".pages [rel=prev]"), ...at(".ticket-link"), ...at(".pages [rel=next]")];
}

function step(by) {
  const places = stops();
  const here = currentRow()?.querySelector(".ticket-link") ?? document.activeElement;
  const index = places.indexOf(here);
  const first = places.findIndex((place) => place.matches(".ticket-link"));
  const next = places[index < 0 ? first : index + by];
  if (!next) return places.length > 0;
  next.focus();
  next.closest(".ticket-row")?.scrollIntoView({ block: "nearest" });
  return true;
}

function openRow() {
  const link = currentRow()?.querySelector(".ticket-link");
  link?.click();
  return Boolean(link);
}

function selectRow() {
  const box = currentRow()?.querySelector(".ticket-select input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

function goBack() {
  const link = offered("back");
  if (!link) return false;
  sessionStorage.setItem(ROW, location.pathname.split("/")[2]);
  link.click();
  return true;
}

/** Who came back from a ticket by keyboard goes on from its row. */
function comeBack() {
  const reference = sessionStorage.getItem(ROW);
  if (!reference || !document.getElementById("queue")) return;
  sessionStorage.removeItem(ROW);
  const row = document.getElementById(`ticket-${reference}`) ?? document.querySelector("#queue .ticket-row");
  row?.querySelector(".ticket-link").focus();
}

const OWN = {
  sheet: () => (sheet.showModal(), true),
  commands: () => (openCommands(), true),
  down: () => step(1),
  up: () => step(-1),
  open: openRow,
  select: selectRow,
  back: goBack,
};

/* --- Keys ------------------------------------------------------------------------------------------- */

function act({ does, link }) {
  if (OWN[does]) return OWN[does]();
  const element = link ?? offered(does);
  if (element) press(element);
  return Boolean(element);
}

let begun = "";
let timer = 0;

function begin(keys) {
  clearTimeout(timer);
  begun = keys;
  timer = setTimeout(() => { begun = ""; }, PATIENCE);
}

const nameOf = (event) => (event.ctrlKey || event.metaKey ? `Control+${event.key.toLowerCase()}` : event.key);

function isSilent(event, name) {
  if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]")) return true;
  if (name.startsWith("Control+")) return event.shiftKey;
  if (isOff || event.target.closest(TYPING)) return true;
  if (name === "Enter") return event.target.matches(ACTED_ON_BY_ENTER);
  return name.startsWith("Arrow") && !currentRow() && !event.target.matches("body, main");
}

document.addEventListener("keydown", (event) => {
  const name = nameOf(event);
  if (event.getModifierState(event.key) || isSilent(event, name)) return;
  const typed = begun ? `${begun} ${name}` : name;
  begin("");
  const done = rows.some((row) => row.keys.includes(typed) && act(row));
  const leads = !done && rows.some((row) => row.keys.some((keys) => keys.startsWith(`${typed} `)));
  if (leads) begin(typed);
  if (done || leads) event.preventDefault();
});

window.addEventListener("load", () => setTimeout(comeBack));
