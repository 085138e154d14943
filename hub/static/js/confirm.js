/* Asks before what cannot be undone: <form data-confirm="…">, <button data-confirm="…"> and hx-confirm.
   Without this script the form is simply sent. */

const dialog = document.getElementById("confirm");

function ask(question, then) {
  document.getElementById("confirm-question").textContent = question;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "confirm" && then(), { once: true });
  dialog.showModal();
}

if (dialog) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(question, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    });
  }, { capture: true });

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });
}
