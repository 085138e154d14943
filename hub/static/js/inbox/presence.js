/* Who else is at a ticket. A page that shows one says so three times a minute while it is seen, and at
   once when its person begins to write, stops, or goes. What the stream tells of others renews the
   line in the ticket's head, and marks the rows of a list. */

const BEAT = 20_000;
const STILL_WRITING = 8_000; // since the last key
const LINGER = 10_000; // a glance at another tab is no leaving
const page = Array.from({ length: 16 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
const me = Number(document.body.dataset.me);

const status = document.querySelector("[data-presence-of]");
const reference = status?.dataset.presenceOf;
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

/* --- Saying it ------------------------------------------------------------------------------------ */

let doing = "leaving";
let beat = 0;
let idle = 0;
let linger = 0;

function say(what) {
  doing = what;
  clearTimeout(beat);
  if (what !== "leaving") beat = setTimeout(() => say(doing), BEAT * (0.9 + 0.1 * Math.random()));
  const body = new URLSearchParams({ ticket: reference, page, doing });
  fetch(status.dataset.presenceAt, { method: "POST", body, headers: { "X-CSRFToken": token() }, keepalive: true, redirect: "manual" })
    .catch(() => {}); // the next beat says it again
}

function come() {
  clearTimeout(linger);
  if (doing === "leaving" && !document.hidden) say("looking");
}

function go() {
  clearTimeout(idle);
  if (doing !== "leaving") say("leaving");
}

function wrote(event) {
  if (!event.isTrusted || !event.target.matches("#composer textarea")) return;
  clearTimeout(idle);
  idle = setTimeout(() => doing === "writing" && say("looking"), STILL_WRITING);
  if (doing !== "writing") say("writing");
}

/* --- Showing it ------------------------------------------------------------------------------------- */

const company = new Map(); // reference -> the others who are there
let writers = new Set();

/** Said once when somebody begins, and not at each of their words. */
function announce(people) {
  const now = new Set(people.filter(({ writing }) => writing).map(({ name }) => name));
  const begun = [...now].filter((name) => !writers.has(name));
  if (begun.length) status.textContent = begun.map((name) => status.dataset.writes.replace("{name}", name)).join(" ");
  else if (!now.size) status.textContent = "";
  writers = now;
}

/** Asked for only when it would say something else. */
function renewHead(people) {
  const line = document.getElementById("presence");
  const shown = people.map(({ name, writing }) => `${name}:${writing ? 1 : 0}`).join("|");
  if (line && line.dataset.people !== shown) htmx.trigger(line, "hub:renew");
}

function mark(row, people) {
  row.querySelector(".presence-mark")?.remove();
  const example = people.length && document.querySelector("template[data-presence-mark]");
  if (!example) return;
  const writing = people.filter((person) => person.writing);
  const kind = writing.length ? "writing" : "looking";
  const made = example.content.querySelector(`[data-kind=${kind}]`).cloneNode(true);
  const words = made.title.replace("{names}", (writing.length ? writing : people).map(({ name }) => name).join(", "));
  made.title = words;
  made.querySelector(".visually-hidden").textContent = words;
  (row.querySelector(".ticket-facts") ?? row).prepend(made);
}

function markRows() {
  for (const row of document.querySelectorAll("[data-list] .ticket-row[id]")) mark(row, company.get(row.id.slice("ticket-".length)) ?? []);
}

document.body.addEventListener("hub:presence", ({ detail }) => {
  const people = detail.people.filter(({ id }) => id !== me);
  if (people.length) company.set(detail.reference, people);
  else company.delete(detail.reference);
  if (detail.reference === reference) {
    announce(people);
    renewHead(people);
  }
  const row = document.querySelector(`[data-list] #ticket-${detail.reference}`);
  if (row) mark(row, people);
});
document.addEventListener("htmx:afterSettle", markRows);

if (reference) {
  come();
  document.addEventListener("input", wrote);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) linger = setTimeout(go, LINGER);
    else come();
  });
  window.addEventListener("pagehide", go);
  window.addEventListener("pageshow", come);
}
