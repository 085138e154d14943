/* What all pages of the agents have, beside js/app.js. */
import "./inbox/keys.js";
import "./inbox/commands.js";
import "./bell.js";
