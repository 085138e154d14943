/* The playground. Forms are sent without leaving the page, and what others say (the council above all)
   comes in by asking the server every second. Every form works without this script.

   The server's answer is the same HTML as the page's own. Lists are brought up to date item by item
   (data-key, data-version), so that a reply somebody is writing stays under their hands. */
import "./time.js";
import { weigh } from "./weight.js";

const EVERY = 1_000;
const body = document.body;
const status = document.querySelector("[data-status]");
let etag = "";
let asking = null;

function say(text) {
  if (status) status.textContent = text;
}

/* --- Bringing lists up to date --------------------------------------------------------------- */

function keyed(list) {
  return new Map([...list.children].map((item) => [item.dataset.key, item]));
}

/** The item's own parts, without those of the items in its list. */
function own(item, what) {
  return [...item.querySelectorAll(`[data-${what}]`)].filter((part) => part.parentElement.closest("[data-key]") === item);
}

/** Does somebody write here, or have they begun to? */
function isInUse(part) {
  return part.contains(document.activeElement) || [...part.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue);
}

function renewItem(item, fresh) {
  const parts = own(item, "shown");
  if (item.dataset.version !== fresh.dataset.version && !parts.some(isInUse)) {
    const renewed = own(fresh, "shown");
    parts.forEach((part, index) => part.replaceWith(renewed[index]));
    item.dataset.version = fresh.dataset.version;
  }
  const [list] = own(item, "list");
  return list ? renewList(list, own(fresh, "list")[0]) : [];
}

/** Gives the items that were not there before. */
function renewList(list, fresh) {
  const present = keyed(list);
  const arrived = [];
  let place = null;
  for (const item of [...fresh.children]) {
    const known = present.get(item.dataset.key);
    if (known) {
      arrived.push(...renewItem(known, item));
      place = known;
    } else {
      if (place) place.after(item);
      else list.prepend(item);
      item.classList.add("is-new");
      arrived.push(item);
      place = item;
    }
    present.delete(item.dataset.key);
  }
  for (const gone of present.values()) gone.remove();
  return arrived;
}

/** A region without text fields is simply replaced; the focus stays on the same button. */
function renewRegion(region, fresh) {
  if (region.innerHTML === fresh.innerHTML) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  region.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

function follow(list) {
  const frame = list.closest("[data-scroll]");
  if (frame) frame.scrollTop = frame.scrollHeight;
}

function renew(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const arrived = [];
  for (const list of document.querySelectorAll("[data-list][id]")) {
    const items = renewList(list, fresh.getElementById(list.id));
    if (items.length && "follow" in list.dataset) follow(list);
    arrived.push(...items);
  }
  for (const region of document.querySelectorAll("[data-live]")) renewRegion(region, fresh.getElementById(region.id));
  if (arrived.some((item) => item.matches(".is-council, .line-council"))) say(body.dataset.answered);
}

/* --- Asking --------------------------------------------------------------------------------------- */

async function fetchBoard() {
  const headers = etag ? { "If-None-Match": etag } : {};
  const answer = await fetch(body.dataset.sandbox, { headers, cache: "no-store" });
  if (answer.status === 200) {
    renew(await answer.text());
    etag = answer.headers.get("ETag") ?? "";
  }
}

/** One question at a time; a failed one is asked again at the next turn. */
function ask() {
  asking ??= fetchBoard().catch(() => {}).finally(() => { asking = null; });
  return asking;
}

async function askAfresh() {
  await asking;
  return ask();
}

/* --- Sending --------------------------------------------------------------------------------------- */

function isEmpty(form) {
  const text = form.querySelector("textarea");
  return text && !text.value.trim() && ![...form.querySelectorAll('[name="attached"]:checked')].some((choice) => choice.value);
}

function tidy(form) {
  form.reset();
  for (const choice of form.querySelectorAll("[data-attach]")) showChoice(choice);
  for (const text of form.querySelectorAll("[data-weighs]")) showWeight(text);
  for (const opened of form.querySelectorAll("details[open]")) opened.open = false;
  const around = form.closest("details.opens");
  if (around) around.open = false;
}

async function send(form, address) {
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) throw new Error(answer.statusText);
    say("");
    tidy(form);
    await askAfresh();
  } catch {
    say(body.dataset.failed);
    status?.classList.add("is-failed");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-stay]")) return;
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  const address = event.submitter?.getAttribute("formaction"); // a button that does something else
  if (!address && isEmpty(form)) form.querySelector("textarea").focus();
  else send(form, address ?? form.action);
});

/* Enter sends; Shift+Enter begins a new line. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!event.target.matches("[data-enter-sends]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

/* --- Small things ------------------------------------------------------------------------------------ */

function showChoice(choice) {
  const word = choice.querySelector("[data-attach-word]");
  const chosen = [...choice.querySelectorAll("input:checked")].filter((input) => input.value);
  word.textContent = chosen.map((input) => input.dataset.word).join(", ") || word.dataset.none;
  choice.classList.toggle("is-chosen", chosen.length > 0);
}

/** What is left for a short post, as X counts. */
function showWeight(text) {
  const output = text.form.querySelector(".weight");
  const left = Number(text.dataset.weighs) - weigh(text.value);
  output.textContent = (left < 0 ? output.dataset.over : output.dataset.left).replace("{count}", String(Math.abs(left)));
  output.classList.toggle("is-over", left < 0);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-weighs]")) showWeight(event.target);
});

document.addEventListener("change", (event) => {
  const choice = event.target.closest("[data-attach]");
  if (choice) showChoice(choice);
});

/* A reply opens ready to write. */
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.opens[open]")) return;
  const text = event.target.querySelector("textarea");
  text?.focus();
  if (text && "weighs" in text.dataset) showWeight(text);
}, { capture: true });

function showPane(id) {
  for (const button of document.querySelectorAll("[data-pane]")) {
    const shown = button.dataset.pane === id;
    button.setAttribute("aria-pressed", String(shown));
    document.getElementById(button.dataset.pane).classList.toggle("is-away", !shown);
  }
  for (const lines of document.querySelectorAll("[data-follow]")) follow(lines);
}

const panes = document.querySelector("[data-panes]");
if (panes) {
  panes.hidden = false;
  panes.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pane]");
    if (!button) return;
    showPane(button.dataset.pane);
    panes.scrollIntoView();
  });
  showPane("facebook");
}

for (const text of document.querySelectorAll(".new-tweet [data-weighs]")) showWeight(text);

if (body.dataset.sandbox) {
  setInterval(() => { if (!document.hidden) ask(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
}
