/* An htmx request that failed is told; what was typed stays where it is. */
import { say } from "./notices.js";

const EXPIRED = new Set([400, 401]); // no session, or a form token of an earlier one

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  say(EXPIRED.has(status) ? "expired" : "failed", { kind: "error", seconds: 15 });
});

document.addEventListener("htmx:sendError", () => say("unreachable", { kind: "error", seconds: 15 }));
document.addEventListener("htmx:timeout", () => say("unreachable", { kind: "error", seconds: 15 }));
