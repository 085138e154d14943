/* The agents' pages. Each module looks after its own part; every page works without them. */
import "./inbox/refresh.js";
import "./inbox/list.js";
import "./inbox/focus.js";
import "./inbox/writing.js";
import "./inbox/preview.js";
import "./inbox/reply-files.js";
import "./inbox/drafts.js";
import "./inbox/canned.js";
import "./inbox/mask.js";
import "./inbox/undo.js";
import "./inbox/presence.js";
import "./inbox/seen.js";
import "./inbox/viewer.js";
import "./inbox/bulk.js";
import "./inbox/names.js";
