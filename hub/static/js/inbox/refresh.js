/* Keeps what is shown true. An element with data-refresh="EVENT" asks for its content (hx-get, on
   hub:refresh) when the stream tells that event. Many events make one request, soon for the first
   and never more often than every two seconds; what a person is using is left as it is.

   A list is asked for by all who hear of a change. The more they are (the event says), the more they
   spread, and the longer each waits: two hundred lists of one process are thirteen requests a second.
   A server that is slow to answer is asked less often. */

const SOON = 150; // the events of one change come together
const APART = 2_000;
const SPREAD = { each: 20, most: 4_000 };
const REST = { each: 75, most: 15_000 };
const PATIENCE = { times: 20, most: 30_000 }; // of what the last answer took

const STALE = 60_000; // deadlines come near although nothing happens

const timers = new Map();
const askedAt = new Map();
const took = new Map();

function ask(event) {
  timers.delete(event);
  askedAt.set(event, Date.now());
  for (const element of document.querySelectorAll(`[data-refresh="${event}"]`)) htmx.trigger(element, "hub:refresh");
}

function plan(event, crowd) {
  if (timers.has(event)) return;
  const of = event === "hub:ticket" ? crowd - 1 : 0; // one ticket is open in few pages
  const soon = SOON + Math.random() * Math.min(of * SPREAD.each, SPREAD.most);
  const slow = Math.min((took.get(event) ?? 0) * PATIENCE.times, PATIENCE.most);
  const apart = Math.max(APART, slow, Math.min(of * REST.each, REST.most));
  const wait = Math.max(soon, (askedAt.get(event) ?? 0) + apart - Date.now());
  timers.set(event, setTimeout(ask, wait, event));
}

document.addEventListener("htmx:afterRequest", ({ target }) => {
  const event = target.dataset?.refresh;
  if (event) took.set(event, Date.now() - askedAt.get(event));
});

document.body.addEventListener("hub:ticket", ({ detail }) => {
  for (const { dataset } of document.querySelectorAll("[data-refresh]")) {
    const concerns = dataset.refresh === "hub:ticket" || dataset.refresh === `hub:ticket-${detail.reference}`;
    if (concerns || detail.kind === "missed") plan(dataset.refresh, detail.crowd ?? 1);
  }
});

setInterval(() => {
  if (!document.hidden && document.querySelector("[data-list]")) plan("hub:ticket", 1);
}, STALE);

/* --- What a person is using ------------------------------------------------------------------
   A part is left alone from the first choice made in it: whoever chose to answer in private, or to
   write a note, must not find the public answer in its place. What a folded form came with is
   nobody's choice. */

const FIELDS = "textarea, input, select";
const TYPED = "textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=submit])";

const isTyped = (field) => field.value && !(field.closest("details") && field.value === field.defaultValue);

function isInUse(part) {
  if (part.contains(document.activeElement) && document.activeElement.matches(FIELDS)) return true;
  if (part.dataset.touched || part.querySelector("details[open] form, .reply-file")) return true;
  if ([...part.querySelectorAll("input[type=radio]")].some((choice) => choice.checked !== choice.defaultChecked)) return true;
  return [...part.querySelectorAll(TYPED)].some(isTyped);
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (isInUse(event.detail.target)) event.detail.shouldSwap = false;
});

/* --- Nothing moves under the reader ------------------------------------------------------------
   What is read at its end stays there; see list.js for lists. */

let atEnd = false;

const threadPane = () => document.getElementById("thread")?.closest(".pane");

document.addEventListener("htmx:beforeSwap", () => {
  const pane = threadPane();
  atEnd = Boolean(pane) && pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
});

document.addEventListener("htmx:afterSettle", () => {
  const pane = threadPane();
  if (pane && atEnd) pane.scrollTop = pane.scrollHeight;
});
