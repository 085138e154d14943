/* What is being written is kept on the server as it is typed, so that it outlives this page, this browser
   and this session. What the server could not be told yet stays in this tab: it comes back with the
   ticket, and is given up when the person signs out ([data-forgets]). */
import { bringBack as bringFilesBack, kept as keptFiles } from "./reply-files.js";
import { chooseWay, joined, write } from "./writing.js";

const SOON = 1_000; // after the last key
const MODE = `hub-mode-${location.pathname.split("/")[2]}`;
const AGAIN = 10_000; // after a try that failed

const composer = () => document.getElementById("composer");
const forms = () => [...(composer()?.querySelectorAll("[data-draft]") ?? [])];
const areaOf = (form) => form.querySelector("textarea[name=text], textarea[name=note]");
const valueOf = (form, name) => form.querySelector(`input[name=${name}]`).value;
const keyOf = (form) => `hub-draft-${new URL(form.dataset.draft, location.href).pathname}`;

const states = new WeakMap();
let sent = null; // the form that was sent: its text is on its way
let forgets = false;

function stateOf(form) {
  if (!states.has(form)) states.set(form, { timer: 0, isDirty: false, isBusy: false });
  return states.get(form);
}

/* --- Keeping -------------------------------------------------------------------------------------- */

function dataOf(form) {
  const turn = form.querySelector("input[name=turn]");
  turn.value = Number(turn.value) + 1;
  const data = new FormData(form);
  data.delete("files");
  return data;
}

function post(form, options = {}) {
  return fetch(form.dataset.draft, { method: "POST", body: dataOf(form), headers: { "HX-Request": "true" }, ...options });
}

function say(form, words) {
  const place = form.querySelector("[data-draft-said]");
  if (place.textContent !== words) place.textContent = words;
}

/** Another page had saved something else: both are here now, and what was typed since. */
function showBoth(form, before, both) {
  const area = areaOf(form);
  const since = area.value.startsWith(before) ? area.value.slice(before.length) : `\n\n${area.value}`;
  area.value = both + since;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function keepHere(form) {
  const [text, files] = [areaOf(form).value, keptFiles(form)];
  if (!text.trim() && !files.length) return sessionStorage.removeItem(keyOf(form));
  sessionStorage.setItem(keyOf(form), JSON.stringify({
    text, files, way: form.querySelector("input[name=way]:checked")?.value,
    revision: valueOf(form, "revision"), writer: valueOf(form, "submission"),
    note: composer().classList.contains("writes-note"),
  }));
}

async function save(form) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  if (form === sent || !state.isDirty || state.isBusy || !form.isConnected) return;
  Object.assign(state, { isDirty: false, isBusy: true });
  const text = areaOf(form).value;
  try {
    const answer = await post(form);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const kept = await answer.json();
    form.querySelector("input[name=revision]").value = kept.revision;
    say(form, kept.said);
    if (kept.text !== undefined) showBoth(form, text, kept.text);
  } catch {
    say(form, form.querySelector("[data-draft-said]").dataset.failed);
    keepHere(form);
    state.isDirty = true;
  }
  state.isBusy = false;
  if (state.isDirty) state.timer = setTimeout(save, AGAIN, form);
}

function plan(form, wait) {
  const state = stateOf(form);
  state.isDirty = true;
  clearTimeout(state.timer);
  if (!state.isBusy) state.timer = setTimeout(save, wait, form);
  else state.timer = setTimeout(plan, wait, form, wait);
}

const formOf = (element) => (element.name ? element.closest?.("[data-draft]") : null);

document.addEventListener("input", ({ target }) => {
  const form = formOf(target);
  if (form && target.type !== "file") plan(form, SOON);
});
document.addEventListener("hub:files", ({ target }) => plan(target, 0));
document.addEventListener("focusout", ({ target }) => {
  const form = target.closest?.("[data-draft]");
  if (form) save(form);
});
window.addEventListener("online", () => forms().forEach(save));

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.matches("[data-composer]")) sent = event.target;
  if (event.target.matches("[data-forgets]")) forgets = true;
});

/** What is thrown away is forgotten before the next page asks for it. */
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-discards]");
  const form = link?.closest("[data-written]").querySelector("[data-draft]");
  if (!form) return;
  event.preventDefault();
  sent = form;
  areaOf(form).value = "";
  form.querySelector("[data-reply-files]")?.replaceChildren();
  await post(form).catch(() => {});
  location.assign(link.href);
});

/** A page that is left within a second of the last key. The next one may be there before the server
    knows of it, so this tab keeps it too. */
function leave() {
  if (forgets) sessionStorage.clear();
  else keepMode();
  for (const form of forms()) {
    const state = stateOf(form);
    if (form === sent) sessionStorage.removeItem(keyOf(form));
    else if (state.isDirty || state.isBusy) {
      if (!forgets) keepHere(form);
      post(form, { keepalive: true }).catch(() => {});
    }
  }
}

/** Whoever writes a note goes on with it, whatever brought the page again. */
function keepMode() {
  const isNote = composer()?.classList.contains("writes-note") && !sent?.matches(".composer-note");
  if (isNote) sessionStorage.setItem(MODE, "note");
}

function bringModeBack() {
  const wasNote = sessionStorage.getItem(MODE) === "note";
  sessionStorage.removeItem(MODE);
  if (wasNote && !new URLSearchParams(location.search).has("restore")) write("note");
}

/* --- Bringing back ---------------------------------------------------------------------------------- */

/** What this tab kept is newer than what the server shows where the server shows what it grew from. */
function newest(form, kept) {
  const [shown, mine] = [areaOf(form).value.trim(), kept.text.trim()];
  const isBase = valueOf(form, "revision") === kept.revision || form.dataset.draftWriter === kept.writer;
  if (isBase || mine.includes(shown)) return kept.text;
  return shown.includes(mine) ? areaOf(form).value : joined(areaOf(form).value, kept.text);
}

function bringBack(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
  sessionStorage.removeItem(keyOf(form));
  if (!kept) return;
  const area = areaOf(form);
  const isPutBack = new URLSearchParams(location.search).has("restore");
  const text = isPutBack ? joined(area.value, area.value.includes(kept.text.trim()) ? "" : kept.text) : newest(form, kept);
  if (area.value !== text) {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (area.name === "note") {
    if (kept.note && !isPutBack) write("note");
    return;
  }
  if (kept.way) chooseWay(kept.way, !isPutBack);
  const there = new Set(keptFiles(form).map(({ key }) => key));
  bringFilesBack(kept.files.filter(({ key }) => !there.has(key)));
}

/** A page that is loaded again must not put the same text back, or insert it, again. */
function forgetWhatWasPutBack() {
  const address = new URL(location.href);
  for (const name of ["restore", "canned", "plain"]) address.searchParams.delete(name);
  if (address.search === location.search) return;
  history.replaceState(history.state, "", address);
  forms().forEach((form) => plan(form, 0));
}

if (composer()) {
  forms().forEach(bringBack);
  bringModeBack();
  forgetWhatWasPutBack();
  window.addEventListener("pagehide", leave);
}
