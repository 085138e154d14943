/* Listens to what happens in the hub while the page is seen. <body data-live="/live?after=ID"> names the
   stream. Each `ticket` event becomes two DOM events on the body: hub:ticket, and
   hub:ticket-REFERENCE, both with the data as detail; htmx elements use
   hx-trigger="hub:ticket from:body". An event without a reference says that more happened than
   is worth telling: hub:missed follows it, for whoever listens to one ticket only.

   A hidden page lets go of its stream (browsers allow six connections to a host, people open more
   tabs than that) and asks for what it missed when it is seen again: the server keeps events under a
   number, and `after` says which was the last one heard. */
import { hush, say } from "./notices.js";

const LOST_AFTER = 5_000; // shorter gaps are not worth a word
const LINGER = 10_000; // a glance at another tab does not close the stream
const SLEPT = 30_000; // a timer this late means the machine slept: the connection is dead, whatever it says
const RETRY = { first: 1_000, longest: 30_000 };

const address = document.body.dataset.live && new URL(document.body.dataset.live, location.href);
let stream = null;
let retry = RETRY.first;
let lostTimer = 0;
let lingerTimer = 0;
let retryTimer = 0;

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail }));

function hear(event) {
  if (event.lastEventId) address.searchParams.set("after", event.lastEventId);
  const detail = JSON.parse(event.data);
  tell("hub:ticket", detail);
  tell(detail.reference ? `hub:ticket-${detail.reference}` : "hub:missed", detail);
}

function connected() {
  retry = RETRY.first;
  clearTimeout(lostTimer);
  lostTimer = 0;
  if (hush("lost")) say("back", { kind: "success", seconds: 4 });
}

/** The browser retries a broken stream by itself, but gives up after a refusal: then we do it. */
function broken() {
  lostTimer ||= setTimeout(() => say("lost", { kind: "warning", seconds: 0 }), LOST_AFTER);
  if (stream?.readyState !== EventSource.CLOSED) return;
  close();
  retryTimer = setTimeout(open, retry * (0.5 + Math.random()));
  retry = Math.min(retry * 2, RETRY.longest);
}

function open() {
  clearTimeout(retryTimer);
  if (stream || document.hidden) return;
  stream = new EventSource(address);
  stream.addEventListener("open", connected);
  stream.addEventListener("error", broken);
  stream.addEventListener("ticket", hear);
}

function close() {
  clearTimeout(retryTimer);
  stream?.close();
  stream = null;
}

function reopen() {
  close();
  open();
}

function watchForSleep() {
  let last = Date.now();
  setInterval(() => {
    if (Date.now() - last > SLEPT) reopen();
    last = Date.now();
  }, SLEPT / 3);
}

if (address) {
  open();
  watchForSleep();
  document.addEventListener("visibilitychange", () => {
    clearTimeout(lingerTimer);
    if (document.hidden) lingerTimer = setTimeout(close, LINGER);
    else open();
  });
  window.addEventListener("online", reopen);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
}
