/* Blots personal data out of an answer that everybody could read, where it stands. */

function mask(area, pairs) {
  for (const { dataset } of pairs) area.value = area.value.replaceAll(dataset.find, dataset.mask);
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mask], [data-masks-all]");
  if (!button) return;
  event.preventDefault();
  const pairs = button.matches("[data-mask]") ? [button] : button.closest(".exposed").querySelectorAll("[data-mask]");
  mask(button.form.querySelector("textarea[name=text]"), pairs);
});
