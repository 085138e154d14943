/* The bell on top of the page. A worker tells people of what happened some seconds after it did, so the
   bell asks once that time has passed; much that happens makes one question. */

const TOLD_AFTER = 6_000; // the worker's sweep, and a moment
let timer = 0;

function ask() {
  timer = 0;
  const bell = document.getElementById("bell");
  if (bell && window.htmx) htmx.trigger(bell, "hub:refresh");
}

document.body.addEventListener("hub:ticket", () => {
  timer ||= setTimeout(ask, TOLD_AFTER * (1 + Math.random() / 2)); // not all pages at once
});
