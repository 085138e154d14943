/* An answer that is kept back for some seconds ([data-leaves-in], in seconds): counts them down, says
   once, politely, that it can be taken back, and lets Escape do so. The server alone decides whether the
   answer has left: the button stays until it tells. */

const TICK = 250;

const ends = new WeakMap(); // element -> performance.now() at its end
let saidOf = null;

function count(element) {
  if (!ends.has(element)) ends.set(element, performance.now() + Number(element.dataset.leavesIn) * 1000);
  const left = Math.ceil((ends.get(element) - performance.now()) / 1000);
  const words = left > 0 ? element.dataset.words.replace("{seconds}", left) : element.dataset.now;
  if (element.textContent !== words) element.textContent = words;
}

const countAll = () => document.querySelectorAll("[data-leaves-in]").forEach(count);

/** Only of the reader's own answers; live updates bring the same one again. */
function say() {
  const own = [...document.querySelectorAll("[data-leaves-in][data-said]")].at(-1);
  const message = own?.closest(".message").id;
  if (!own || message === saidOf) return;
  saidOf = message;
  document.querySelector("[data-undo-said]").textContent = own.dataset.said;
}

/* --- By keyboard ---------------------------------------------------------------------------------- */

const isFree = (element) => element === document.body || Boolean(element.closest("#composer, #thread, #ticket-head"));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !isFree(event.target)) return;
  [...document.querySelectorAll("[data-undo]")].at(-1)?.click();
});

/* The button goes when the answer leaves: whoever was on it goes on writing. */
let wasOnButton = false;

document.addEventListener("htmx:beforeSwap", () => {
  wasOnButton = document.activeElement?.matches("[data-undo]") ?? false;
});

document.addEventListener("htmx:afterSettle", () => {
  if (wasOnButton && document.activeElement === document.body) {
    document.getElementById("composer-text")?.focus({ preventScroll: true });
  }
  wasOnButton = false;
  countAll();
});

if (document.querySelector("[data-undo-said]")) {
  setInterval(countAll, TICK);
  window.addEventListener("load", () => setTimeout(say, TICK)); // what stands there from the start is not read
}
