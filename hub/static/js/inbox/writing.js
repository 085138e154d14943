/* The composer: reply or note without a new page, and the text of a message that did not leave put back,
   before what is being written: it was written first. What stands in either form stays there. */

export function write(what) {
  const composer = document.getElementById("composer");
  composer.dataset.touched = "yes";
  composer.classList.toggle("writes-note", what === "note");
  for (const link of composer.querySelectorAll("[data-write]")) {
    if (link.dataset.write === what) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const form of composer.querySelectorAll("[data-written]")) form.hidden = form.dataset.written !== what;
  return composer.querySelector(`[data-written="${what}"] textarea`);
}

/** Of two texts that come together, one that was to be private takes the other along. */
export function chooseWay(code, isAlone) {
  const ways = [...document.querySelectorAll("#composer input[name=way]:enabled")];
  const way = ways.find((choice) => choice.value === code);
  if (!way || !(isAlone || code.startsWith("private:"))) return;
  way.checked = true;
  way.dispatchEvent(new Event("change", { bubbles: true }));
}

export const joined = (first, second) => [first.trimEnd(), second].filter((text) => text.trim()).join("\n\n");

function restore(text, way) {
  const area = write("reply");
  chooseWay(way, !area.value.trim());
  area.value = joined(text, area.value);
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const mode = event.target.closest("[data-write]");
  const again = event.target.closest("[data-restore]");
  if (!mode && !again) return;
  event.preventDefault();
  if (mode) write(mode.dataset.write).focus();
  else restore(again.dataset.restore, again.dataset.way);
});
