/* <button hidden data-copies="ID" data-done="Copied"> copies the text of the element with that id. It
   stays hidden where the browser has no clipboard to write to. */

const SHOWN = 3_000;

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
  const label = button.querySelector("span");
  const words = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = words), SHOWN);
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.querySelector("span").setAttribute("aria-live", "polite");
    button.addEventListener("click", () => copy(button));
  }
}
