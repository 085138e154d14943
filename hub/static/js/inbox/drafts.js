/* What is being written stays with its ticket: a button or a link elsewhere brings another page, and the
   texts, with their files and the way to answer that was chosen, come back when the ticket does. They are kept in this
   tab alone, and given up when the person signs out ([data-forgets]). */
import { bringBack as bringFilesBack, kept as keptFiles } from "./reply-files.js";
import { chooseWay, joined, write } from "./writing.js";

const composer = document.getElementById("composer");
const key = `hub-draft-${location.pathname.split("/")[2]}`; // /tickets/REFERENCE, or a form's own address below it
let sent = null; // the form that was sent: its text is on its way
let forgets = false;

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.matches("[data-composer]")) sent = event.target;
  if (event.target.matches("[data-forgets]")) forgets = true;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-discards]")) sent = event.target.closest("[data-written]").querySelector("[data-composer]");
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

/** After what the page brings of its own, which was written first: a message put back. */
function bringBack({ texts, files, way, note }) {
  const isPutBack = Boolean(document.getElementById("composer-text")?.value);
  for (const [id, text] of Object.entries(texts)) {
    const area = document.getElementById(id);
    if (!area || area.value === text) continue;
    area.value = joined(area.value, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (way && (texts["composer-text"] || files.length)) chooseWay(way, !isPutBack);
  bringFilesBack(files);
  if (note && texts["composer-note"] && !isPutBack) write("note");
}

/** A page that is loaded again must not put the same text back again. */
function forgetWhatWasPutBack() {
  const address = new URL(location.href);
  address.searchParams.delete("restore");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

if (composer) {
  const kept = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (kept) bringBack(JSON.parse(kept));
  forgetWhatWasPutBack();
  window.addEventListener("pagehide", keep);
}
