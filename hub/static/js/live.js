/* Listens to what happens in the hub while the page is seen. <body data-live="/live?after=ID"> names the
   stream. Each `ticket` event becomes two DOM events on the body: hub:ticket, and
   hub:ticket-REFERENCE, both with the data as detail; htmx elements use
   hx-trigger="hub:ticket from:body". An event without a reference says that more happened than
   is worth telling: hub:missed follows it, for whoever listens to one ticket only. Who is at a ticket
   becomes hub:presence, one for each ticket, with its reference and people.

   Browsers allow six connections to a host, and people open more pages than that. So the pages of one
   person share one stream: whoever has the lock holds it and passes on what it hears, and the
   next page has the lock when that one goes. A hidden page lets go, and asks for what it missed
   when it is seen again: the server keeps events under a number, and `after` says which was the last
   one heard. Where a browser has no locks (they need https) each visible page has its own. */
import { hush, say } from "./notices.js";

const LOST_AFTER = 5_000; // shorter gaps are not worth a word
const LOOK_AGAIN = 20_000; // without a stream, pages ask as often as this by themselves
const LINGER = 10_000; // a glance at another tab does not close the stream
const SLEPT = 30_000; // a timer this late means the machine slept: the connection is dead, whatever it says
const RETRY = { first: 1_000, longest: 30_000 };
const KEPT = 200; // events that a page which joins may have missed

const address = document.body.dataset.live && new URL(document.body.dataset.live, location.href);
const shared = `hub-live-${document.body.dataset.me}`; // another person's pages in this browser are not ours
const me = Math.random().toString(36).slice(2);
const canShare = Boolean(address && navigator.locks && window.BroadcastChannel);
const others = canShare ? new BroadcastChannel(shared) : null;

let listening = false;
let turn = null; // gives up waiting for the lock
let letGo = null; // gives the lock back
let stream = null;
let recent = []; // what the stream has told
let since = 0; // the number after which it has told all
let retry = RETRY.first;
let lostTimer = 0;
let lookTimer = 0;
let lingerTimer = 0;
let retryTimer = 0;

const present = new Map(); // reference -> people
const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail }));
const known = () => Number(address.searchParams.get("after") ?? 0);
const missed = () => ({ id: known(), reference: "", kind: "missed", department: "", crowd: 1 });

/* --- What is heard -------------------------------------------------------------------------------- */

const heard = {
  ticket(detail) {
    if (detail.id > known()) address.searchParams.set("after", detail.id);
    tell("hub:ticket", detail);
    tell(detail.reference ? `hub:ticket-${detail.reference}` : "hub:missed", detail);
  },
  presence({ reference, people }) {
    if (people.length) present.set(reference, people);
    else present.delete(reference);
    tell("hub:presence", { reference, people });
  },
  present(companies) {
    const gone = new Set(present.keys());
    for (const company of companies) {
      gone.delete(company.reference);
      heard.presence(company);
    }
    for (const reference of gone) heard.presence({ reference, people: [] });
  },
  lost() {
    lostTimer ||= setTimeout(doWithout, LOST_AFTER);
  },
  back() {
    if (settle()) say("back", { kind: "success", seconds: 4 });
  },
};

/** A proxy may let no stream through, and a hub whose places are all taken refuses one more. */
function doWithout() {
  say("lost", { kind: "warning", seconds: 0 });
  lookTimer = setInterval(() => heard.ticket(missed()), LOOK_AGAIN * (0.75 + Math.random() / 2));
}

/** Whether it is lost is not known any more, or known to be over. Returns whether it was said. */
function settle() {
  clearTimeout(lostTimer);
  clearInterval(lookTimer);
  lostTimer = 0;
  return hush("lost");
}

function hear(kind, detail) {
  if (kind === "ticket") {
    recent.push(detail);
    if (recent.length > KEPT) since = recent.shift().id;
  }
  others?.postMessage({ kind, detail });
  heard[kind](detail);
}

/* --- The stream, in one page ------------------------------------------------------------------------ */

function connected() {
  retry = RETRY.first;
  hear("back");
}

/** The browser retries a broken stream by itself, but gives up after a refusal: then we do it. */
function broken() {
  hear("lost");
  if (stream?.readyState !== EventSource.CLOSED) return;
  close();
  retryTimer = setTimeout(open, retry * (0.5 + Math.random()));
  retry = Math.min(retry * 2, RETRY.longest);
}

function open() {
  clearTimeout(retryTimer);
  if (stream || !listening) return;
  stream = new EventSource(address);
  stream.addEventListener("open", connected);
  stream.addEventListener("error", broken);
  for (const kind of ["ticket", "presence", "present"]) {
    stream.addEventListener(kind, (event) => hear(kind, JSON.parse(event.data)));
  }
}

function close() {
  clearTimeout(retryTimer);
  stream?.close();
  stream = null;
}

/* --- Sharing it --------------------------------------------------------------------------------------- */

function lead() {
  recent = [];
  since = known();
  open();
  return new Promise((resolve) => { letGo = resolve; });
}

/** A page that joins knows all up to `after`. */
function catchUp(to, after) {
  const told = after < since ? [missed()] : recent.filter(({ id }) => id > after);
  const companies = [...present].map(([reference, people]) => ({ reference, people }));
  others.postMessage({ to, told, companies });
}

function answered({ data }) {
  if (data.signedOut) return stop();
  if (!listening || (data.to && data.to !== me)) return;
  if (data.asks) {
    if (stream) catchUp(data.asks, data.after);
  } else if (data.to) {
    data.told.forEach(heard.ticket);
    heard.present(data.companies);
  } else if (!stream) {
    heard[data.kind](data.detail);
  }
}

function listen() {
  if (listening || document.hidden) return;
  listening = true;
  if (!canShare) return open();
  turn = new AbortController();
  others.postMessage({ asks: me, after: known() });
  navigator.locks.request(shared, { signal: turn.signal }, lead).catch(() => {}); // given up while waiting
}

function stop() {
  listening = false;
  settle();
  turn?.abort();
  letGo?.();
  turn = letGo = null;
  close();
}

function again() {
  stop();
  listen();
}

function watchForSleep() {
  let last = Date.now();
  setInterval(() => {
    if (Date.now() - last > SLEPT) again();
    last = Date.now();
  }, SLEPT / 3);
}

if (address) {
  others?.addEventListener("message", answered);
  listen();
  watchForSleep();
  document.addEventListener("visibilitychange", () => {
    clearTimeout(lingerTimer);
    if (document.hidden) lingerTimer = setTimeout(stop, LINGER);
    else listen();
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.matches("[data-forgets]")) others?.postMessage({ signedOut: true });
  });
  window.addEventListener("online", again);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", listen);
}
