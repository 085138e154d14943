/* An htmx request that failed is told; what was typed stays where it is. */
import { isSaid, say } from "./notices.js";

const SIGN_IN = document.getElementById("notices")?.dataset.signIn;
const tell = (key, seconds = 15) => say(key, { kind: "error", seconds });

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status >= 500) tell("broken");
  else if (status === 400 || status === 401) tell("expired", 0); // the form's token is of an earlier session
  else tell("failed");
});

/* Signed out meanwhile: the answer is the sign-in page, which has no place inside this one. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!xhr.responseURL || new URL(xhr.responseURL).pathname !== SIGN_IN) return;
  event.detail.shouldSwap = false;
  tell("expired", 0);
});

/* Nobody asked for what a page asks by itself, and that it cannot ask now is said already. */
function unreachable({ detail }) {
  if (!(detail.elt.dataset.refresh && isSaid("lost"))) tell("unreachable");
}

document.addEventListener("htmx:sendError", unreachable);
document.addEventListener("htmx:timeout", unreachable);
