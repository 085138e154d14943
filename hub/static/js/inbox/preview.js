/* What becomes of a text, while it is typed: asked of the server a moment after the last key. Ways that
   split texts or cost money (data-shows-more) are asked about at once, others once the text comes near
   their limit, or may hold personal data that everybody could read. A question that fails changes nothing: whoever sends is told all of it again. */
import { recount } from "../composer.js";

const SOON = 350; // after the last key
const NEAR = 0.5; // share of the limit from which a plain count is asked for

let timer = 0;
let asked = null;

const placeOf = (form) => form.querySelector("[data-preview]");
const areaOf = (form) => form.querySelector("textarea[name=text]");

function isWorthAsking(form) {
  const text = areaOf(form).value;
  const way = form.querySelector("input[name=way]:checked");
  if (!way || !text.trim()) return false;
  const limit = Number(way.dataset.limit);
  if (way.dataset.visibility === "public" && /[\d@]/.test(text)) return true;
  return way.dataset.showsMore !== undefined || (limit > 0 && text.length >= limit * NEAR);
}

function say(form, words) {
  const status = form.querySelector("[data-preview-said]");
  if (status.textContent !== words) status.textContent = words;
}

function empty(form) {
  const place = placeOf(form);
  place.replaceChildren();
  say(form, "");
  recount(areaOf(form), 0);
}

/** The list of parts stays where it was scrolled to. */
function put(form, html) {
  const old = placeOf(form);
  const left = old.querySelector(".preview-parts")?.scrollLeft ?? 0;
  const fresh = document.createRange().createContextualFragment(html).querySelector("[data-preview]");
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  const parts = fresh.querySelector(".preview-parts");
  if (parts) parts.scrollLeft = left;
  if (hadFocus) parts?.focus({ preventScroll: true });
  return fresh.dataset;
}

async function ask(form) {
  asked?.abort();
  asked = new AbortController();
  const text = areaOf(form).value;
  const data = new FormData(form);
  for (const name of ["files", "file", "alt"]) data.delete(name);
  try {
    const answer = await fetch(placeOf(form).dataset.preview, {
      method: "POST", body: data, headers: { "HX-Request": "true" }, signal: asked.signal,
    });
    if (!answer.ok || answer.redirected) return empty(form);
    const { length, said } = put(form, await answer.text());
    say(form, said ?? "");
    recount(areaOf(form), Number(length) ? Number(length) - [...text].length : Infinity);
  } catch (error) {
    if (error.name !== "AbortError") empty(form);
  }
}

function plan(form, wait) {
  clearTimeout(timer);
  if (isWorthAsking(form)) timer = setTimeout(ask, wait, form);
  else {
    asked?.abort();
    empty(form);
  }
}

const formOf = (element) => {
  const form = element.closest?.("form[data-composer]");
  return form && placeOf(form) ? form : null;
};

document.addEventListener("input", (event) => {
  const form = event.target.name === "text" && formOf(event.target);
  if (form) plan(form, SOON);
});

document.addEventListener("change", (event) => {
  const form = ["way", "unsigned"].includes(event.target.name) && formOf(event.target);
  if (form) plan(form, 0);
});

for (const place of document.querySelectorAll("[data-preview]")) plan(place.closest("form"), 0);
