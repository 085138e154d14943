/* Keeps <time data-relative> true: the words are renewed every 30 seconds and when the page is seen
   again. The exact instant stays in datetime and title. */

const EVERY = 30_000;
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "fr", { numeric: "always" });

/** In the largest unit of which there is one and a half, as the server counts; null under a minute,
    where the server's "just now" still holds. */
function phrase(seconds) {
  const far = Math.abs(seconds);
  if (far < 60) return null;
  const [unit, size] = UNITS.find(([, size]) => far >= 1.5 * size) ?? ["minute", 60];
  return words.format(Math.round(seconds / size), unit);
}

function refresh() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const text = phrase((Date.parse(element.dateTime) - Date.now()) / 1000);
    if (text && element.textContent !== text) element.textContent = text;
  }
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
