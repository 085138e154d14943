/* Entry: each module looks after its own part of the page. Every page works without them. */
import "./time.js";
import "./menu.js";
import "./dialog.js";
import "./confirm.js"; // before once.js: an unconfirmed form was not sent
import "./once.js";
import "./composer.js";
import "./live.js";
import "./requests.js";

/* A conversation opens at its newest message, unless the address points to another. */
if (!location.hash) {
  for (const pane of document.querySelectorAll("[data-start-at-end]")) pane.scrollTop = pane.scrollHeight;
}
