/* <button data-opens="ID"> opens the <dialog id="ID">; data-closes, or a click on the veil, closes it.
   The browser keeps the focus inside and gives it back afterwards. */

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens)?.showModal();
    return;
  }
  if (event.target.closest("[data-closes]") || event.target.matches("dialog[open]")) {
    event.target.closest("dialog")?.close();
  }
});

for (const dialog of document.querySelectorAll("dialog[data-open]")) dialog.showModal();
