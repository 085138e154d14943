/* What is being written stays with its ticket: a button or a link elsewhere brings another page, and the
   texts, with their files and the way to answer that was chosen, come back when the ticket does. They are kept in this
   tab alone, and given up when the person signs out ([data-forgets]). */
import { bringBack as bringFilesBack, kept as keptFiles } from "./reply-files.js";
import { write } from "./writing.js";

const composer = document.getElementById("composer");
const key = `hub-draft-${location.pathname.split("/")[2]}`; // /tickets/REFERENCE, or a form's own address below it
let sent = null; // the form that was sent: its text is on its way
let forgets = false;

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.matches("[data-composer]")) sent = event.target;
  if (event.target.matches("[data-forgets]")) forgets = true;
});

function keep() {
  const now = document.getElementById("composer"); // live updates replace it
  const areas = [...now.querySelectorAll("[data-composer] > textarea")].filter((area) => area.form !== sent && area.value.trim());
  const files = [...now.querySelectorAll("[data-composer]")].filter((form) => form !== sent).flatMap(keptFiles);
  if (forgets) sessionStorage.clear();
  if (forgets || !(areas.length || files.length)) return;
  const texts = Object.fromEntries(areas.map((area) => [area.id, area.value]));
  const way = now.querySelector("input[name=way]:checked")?.value;
  sessionStorage.setItem(key, JSON.stringify({ texts, files, way, note: now.classList.contains("writes-note") }));
}

function changed(field, kind) {
  field.dispatchEvent(new Event(kind, { bubbles: true }));
}

/** Before what the page brings of its own: a refused message put back. */
function bringBack({ texts, files, way, note }) {
  for (const [id, text] of Object.entries(texts)) {
    const area = document.getElementById(id);
    if (!area || area.value === text) continue;
    area.value = area.value ? `${text.trimEnd()}\n\n${area.value}` : text;
    changed(area, "input");
  }
  const choice = [...composer.querySelectorAll("input[name=way]:enabled")].find((one) => one.value === way);
  if (choice && (texts["composer-text"] || files.length)) {
    choice.checked = true;
    changed(choice, "change");
  }
  bringFilesBack(files);
  if (note && texts["composer-note"]) write("note");
}

if (composer) {
  const kept = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (kept) bringBack(JSON.parse(kept));
  window.addEventListener("pagehide", keep);
}
