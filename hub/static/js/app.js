/* Entry: each module looks after its own part of the page. Every page works without them. */
import "./time.js";
import "./menu.js";
import "./dialog.js";
import "./confirm.js";
import "./composer.js";
import "./live.js";
import "./requests.js";
