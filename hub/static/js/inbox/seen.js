/* What the person has really been shown of a conversation. The form of an answer says so, and the server
   holds the answer back when something else came in. Updates bring new messages into the page; they
   count as shown once the end of the conversation has been in sight for a moment. Whoever has scrolled
   up stays where they are, and is told by a link that there is more. */

const READ = 2_000; // in sight for so long
const NEAR = 40; // pixels from the end

const pane = document.querySelector(".pane-ticket");
const link = document.querySelector("[data-new-messages]");
const field = () => document.querySelector("input[data-seen]");
const newest = () => Number(document.getElementById("updates")?.dataset.seen ?? 0);
const ids = () => [...document.querySelectorAll("#thread .message[id]")].map(({ id }) => id);

let seen = Number(field()?.value ?? 0);
let shown = new Set(ids());
let timer = 0;

/** The pane scrolls on wide screens, the page on others. */
function isEndInSight() {
  const last = document.querySelector("#thread > :last-child");
  if (!last || document.hidden) return false;
  const frame = pane.scrollHeight > pane.clientHeight + 1 ? pane.getBoundingClientRect() : { bottom: innerHeight };
  const foot = document.querySelector(".ticket-foot");
  const hidden = foot && getComputedStyle(foot).position === "sticky" ? foot.offsetHeight : 0;
  return last.getBoundingClientRect().bottom <= Math.min(frame.bottom, innerHeight) - hidden + NEAR;
}

function showLink() {
  const fresh = ids().filter((id) => !shown.has(id));
  link.hidden = !fresh.length || isEndInSight();
  if (link.hidden) return;
  link.hash = fresh[0];
  link.lastElementChild.textContent = fresh.length === 1 ? link.dataset.one : link.dataset.many.replace("{count}", fresh.length);
}

function haveSeen() {
  timer = 0;
  if (!isEndInSight()) return;
  shown = new Set(ids());
  seen = Math.max(seen, newest());
  if (field()) field().value = seen;
}

function look() {
  showLink();
  if (isEndInSight()) timer ||= setTimeout(haveSeen, READ);
  else {
    clearTimeout(timer);
    timer = 0;
  }
}

if (link) {
  document.addEventListener("htmx:afterSettle", () => {
    if (field()) field().value = seen; // the form may be a new one
    clearTimeout(timer);
    timer = 0;
    look();
  });
  for (const scroller of [pane, window]) scroller.addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", look);
}
