/* An open list changes without moving what is under the pointer: rows change where they stand, those that
   left stay in grey until the list is loaded again, new ones that belong below the others join them
   there, and the rest is told by number, with a link that brings it. The server's answer holds the
   whole list; here the two become one. */

const rowsOf = (list) => [...list.querySelectorAll("[data-ticket-row]")];

/** Which rows of the fresh list are not shown: those after all known ones, and the others. */
function unseen(shown, fresh) {
  const known = new Set(shown.map((row) => row.id));
  const last = fresh.findLastIndex((row) => known.has(row.id));
  const missing = fresh.filter((row) => !known.has(row.id));
  return {
    below: missing.filter((row) => fresh.indexOf(row) > last),
    above: missing.filter((row) => fresh.indexOf(row) < last),
  };
}

function renew(row, fresh) {
  if (row.contains(document.activeElement)) {
    const link = fresh.querySelector("[data-ticket-link]");
    row.replaceChildren(...fresh.childNodes);
    link?.focus({ preventScroll: true });
  } else row.replaceChildren(...fresh.childNodes);
  row.classList.remove("is-gone");
}

function takeLeave(row, words) {
  if (row.classList.contains("is-gone")) return;
  row.classList.add("is-gone");
  const note = Object.assign(document.createElement("span"), { className: "ticket-gone", textContent: words });
  row.querySelector(".ticket-line").append(note);
}

/** What the server said of the row, without the mark of those who are at its ticket. */
function said(row) {
  const bare = row.cloneNode(true);
  bare.querySelector(".presence-mark")?.remove();
  return bare.innerHTML;
}

/** Is what is chosen in the row (a check box) kept, whatever else in it changes? */
const isTicked = (row) => Boolean(row.querySelector("input:checked"));

function merge(list, fresh) {
  const shown = rowsOf(list);
  const news = rowsOf(fresh);
  const byId = new Map(news.map((row) => [row.id, row]));
  const { below, above } = unseen(shown, news);
  for (const row of shown) {
    const same = byId.get(row.id);
    if (!same) takeLeave(row, list.dataset.left);
    else if (!isTicked(row) && said(row) !== said(same)) renew(row, same);
  }
  list.querySelector(".ticket-list").append(...below);
  list.dataset.above = above.length;
}

/** Beside a ticket, its row stays marked. */
function markHere(fresh, here) {
  const row = here && fresh.querySelector(`[id="${here}"]`);
  row?.classList.add("is-current");
  row?.querySelector("[data-ticket-link]")?.setAttribute("aria-current", "true");
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.matches?.("[data-list]") && target.querySelector(".ticket-list")) {
    const fresh = fragment.querySelector("[data-list]");
    const news = fresh.querySelector(".ticket-list");
    event.detail.shouldSwap = false;
    markHere(fresh, target.querySelector(".is-current")?.id);
    merge(target, news ? fresh : document.createElement("div"));
    nameThePage(fresh.dataset.title);
  }
  if (target.id === "queue-news") tell(fragment.querySelector("#queue-news"));
});

/** The count that waits stands in the title, before the council's name. */
function nameThePage(title) {
  if (document.querySelector(".shows-ticket")) return;
  document.title = [title, ...document.title.split(" – ").slice(-1)].join(" – ");
}

/* New tickets are counted by the server; those that came back to the list, here. Lists that many have open
   rest between two questions (refresh.js): a ticket that is heard of meanwhile is told at once. */

const heard = new Set(); // the lines of history by which tickets were opened that no answer has counted

function tell(news) {
  for (const id of heard) if (id <= Number(news.dataset.upTo)) heard.delete(id);
  const above = Number(document.querySelector("[data-list]")?.dataset.above ?? 0);
  const number = Math.max(above, Number(news.dataset.new)) + heard.size;
  if (!number) return;
  const words = number === 1 ? news.dataset.one : news.dataset.many.replace("{number}", number);
  const link = Object.assign(document.createElement("a"), { href: news.dataset.whole, textContent: words });
  news.replaceChildren(link);
}

document.body.addEventListener("hub:ticket", ({ detail }) => {
  const news = document.getElementById("queue-news");
  const holders = news?.dataset.takesIn.split(" ") ?? [];
  if (detail.kind !== "opened" || !(holders.includes("*") || holders.includes(detail.department))) return;
  heard.add(detail.id);
  tell(news);
});

/* The row of the ticket that is shown comes into sight, without the page moving. */
const current = document.querySelector(".queue-short .is-current");
const pane = current?.closest(".pane");
if (pane) pane.scrollTop = Math.max(0, current.offsetTop - pane.clientHeight / 3);
