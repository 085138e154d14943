/* Looks at the pictures of a conversation without leaving it: a[data-shows] names what is shown, one
   address or several (the pages of a document). Arrow keys go to the next and the previous one of the
   whole conversation, Escape closes, and the focus goes back where it was. Without this script the link
   downloads the file. */

const dialog = document.getElementById("viewer");
const picture = dialog?.querySelector(".viewer-picture");
const body = dialog?.querySelector(".viewer-body");
const broken = dialog?.querySelector(".viewer-broken");
const zoom = dialog?.querySelector("[data-zooms]");

let shown = []; // { address, link, words }
let current = 0;

/** All there is to see, in the order of the page: live updates may have brought more. */
function all() {
  return [...document.querySelectorAll("#thread [data-shows]")].flatMap((link) => {
    const addresses = link.dataset.shows.split(" ");
    const words = link.querySelector("img").alt;
    return addresses.map((address, index) => ({ address, link, words: addresses.length > 1 ? `${words} (${index + 1}/${addresses.length})` : words }));
  });
}

function enlarge(isOn) {
  zoom.setAttribute("aria-pressed", String(isOn));
  body.classList.toggle("is-natural", isOn);
}

function show(index) {
  current = Math.min(Math.max(index, 0), shown.length - 1);
  const { address, link, words } = shown[current];
  enlarge(false);
  broken.hidden = true;
  picture.hidden = false;
  picture.src = address;
  picture.alt = words;
  dialog.querySelector(".viewer-name").textContent = link.dataset.name;
  dialog.querySelector(".viewer-place").textContent = shown.length > 1
    ? dialog.dataset.place.replace("{number}", current + 1).replace("{all}", shown.length) : "";
  dialog.querySelector("[data-original]").href = link.href;
  for (const button of dialog.querySelectorAll("[data-steps]")) button.disabled = !shown[current + Number(button.dataset.steps)];
}

function open(link) {
  shown = all();
  dialog.showModal();
  body.focus();
  show(shown.findIndex((one) => one.link === link));
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };

picture?.addEventListener("error", () => {
  picture.hidden = true;
  broken.hidden = false;
  broken.textContent = dialog.dataset.broken;
});

dialog?.addEventListener("close", () => picture.removeAttribute("src"));

dialog?.addEventListener("click", (event) => {
  const step = event.target.closest("[data-steps]");
  if (step) show(current + Number(step.dataset.steps));
  if (event.target.closest("[data-zooms]") || event.target === picture) enlarge(zoom.getAttribute("aria-pressed") !== "true");
});

dialog?.addEventListener("keydown", (event) => {
  const scrolls = event.key.startsWith("Arrow") && body.classList.contains("is-natural");
  if (!STEPS[event.key] || scrolls || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  show(current + STEPS[event.key]);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#thread [data-shows]");
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});
