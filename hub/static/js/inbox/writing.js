/* The composer: reply or note without a new page, and the text of a refused message put back. What
   stands in either form stays there. */

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

function restore(text) {
  const area = write("reply");
  area.value = area.value.trim() ? `${area.value.trimEnd()}\n\n${text}` : text;
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
  else restore(again.dataset.restore);
});
