/* The files of an answer: chosen, dropped or pasted, brought to the server at once, described, taken out.
   What is on its way stays in the file field until it has arrived, so that sending meanwhile, or after
   it failed, takes it along. */

const form = () => document.querySelector("#composer [data-file-chooser]")?.closest("form") ?? null;
const chooser = (within) => within.querySelector("[data-file-chooser]");
const field = (within) => within.querySelector("input[type=file]");
const placeOf = (within) => within.querySelector("[data-reply-files]");
const chosenWay = (within) => within.querySelector("input[name=way]:checked");

let asked = null;

function say(within, words) {
  within.querySelector("[data-files-said]").textContent = words;
}

function use(within) {
  document.getElementById("composer").dataset.touched = "yes";
  return within;
}

/* --- What the chosen way takes ------------------------------------------------------------------ */

function follow(within) {
  const way = chosenWay(within);
  const takes = way?.dataset.takesFiles !== undefined;
  chooser(within).toggleAttribute("data-off", !takes);
  chooser(within).querySelector(".file-chooser-note").textContent = way?.dataset.note ?? "";
  within.classList.toggle("wants-no-words", way?.dataset.altText === undefined);
  const warning = placeOf(within).querySelector(".reply-files-not");
  if (warning) warning.hidden = takes;
}

/* --- Bringing ------------------------------------------------------------------------------------- */

/** The rows as the server gives them, with what was typed meanwhile. */
function put(within, html) {
  const old = placeOf(within);
  const fresh = document.createRange().createContextualFragment(html).querySelector("[data-reply-files]");
  const known = new Set([...old.querySelectorAll(".reply-file")].map((row) => row.dataset.key));
  for (const words of old.querySelectorAll("textarea")) {
    const same = fresh.querySelector(`#${words.id}`);
    if (same) same.value = words.value;
  }
  old.replaceWith(fresh);
  follow(within);
  within.dispatchEvent(new Event("hub:files", { bubbles: true }));
  return [...fresh.querySelectorAll(".reply-file")].filter((row) => !known.has(row.dataset.key));
}

function refuse(within, words) {
  const error = document.createElement("div");
  error.className = "field-error";
  error.setAttribute("role", "alert");
  error.append(Object.assign(document.createElement("p"), { textContent: words }));
  placeOf(within).querySelector(".field-error")?.remove();
  placeOf(within).prepend(error);
}

async function bring(within, data) {
  const words = chooser(within).dataset;
  asked?.abort();
  asked = new AbortController();
  data.delete("text");
  say(within, words.busy);
  chooser(within).setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(words.fileChooser, {
      method: "POST", body: data, headers: { "HX-Request": "true" }, signal: asked.signal,
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const added = put(within, await answer.text());
    field(within).value = "";
    say(within, added.length ? words.added.replace("{name}", added.map((row) => row.dataset.name).join(", ")) : "");
    if ([field(within), document.body].includes(document.activeElement)) added[0]?.querySelector("textarea")?.focus();
  } catch (error) {
    if (error.name === "AbortError") return;
    say(within, "");
    refuse(within, words.failed);
  }
  chooser(within).removeAttribute("aria-busy");
}

function take(within) {
  const { mostBytes, tooLarge } = chooser(within).dataset;
  const files = [...field(within).files];
  const large = files.find((file) => file.size > Number(mostBytes));
  if (large) {
    field(within).value = "";
    refuse(within, tooLarge.replace("{name}", large.name));
  } else if (files.length) {
    bring(use(within), new FormData(within));
  }
}

/** A picture out of the clipboard has no name but "image.png": the moment it was pasted tells several
    apart. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const at = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return new File([file], `${at.replace("T", "-").replaceAll(":", "")}.${file.name.split(".").pop()}`, { type: file.type });
}

/** What is dropped or pasted joins what is on its way. */
function add(within, files) {
  const together = new DataTransfer();
  for (const file of [...field(within).files, ...files]) together.items.add(file);
  field(within).files = together.files;
  take(within);
}

/** Rows for files that were brought on another visit: [{ file, alt }]. */
export function bringBack(files) {
  const within = form();
  if (!within || !files?.length) return;
  const data = new FormData(within);
  for (const { file, alt } of files) {
    data.append("file", file);
    data.append("alt", alt);
  }
  data.delete("files");
  bring(use(within), data);
}

/** What `bringBack` takes. */
export function kept(within) {
  return [...within.querySelectorAll(".reply-file")].map((row) => ({
    key: row.dataset.key,
    file: row.querySelector("[name=file]").value,
    alt: row.querySelector("[name=alt]").value,
  }));
}

/* --- Hands ---------------------------------------------------------------------------------------- */

document.addEventListener("change", (event) => {
  const within = form();
  if (!within?.contains(event.target)) return;
  if (event.target === field(within)) take(within);
  if (event.target.name === "way") follow(within);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-takes-out]");
  const within = form();
  if (!button || !within?.contains(button)) return;
  const row = button.closest(".reply-file");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  placeOf(within).querySelector(".field-error")?.remove();
  say(within, chooser(within).dataset.takenOut.replace("{name}", row.dataset.name));
  if (next) row.remove();
  else placeOf(within).replaceChildren();
  within.dispatchEvent(new Event("hub:files", { bubbles: true }));
  (next?.querySelector("[data-takes-out]") ?? field(within)).focus();
});

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

function dropPlace(event) {
  const within = form();
  const isOpen = within && !within.closest("[hidden]") && chooser(within).dataset.off === undefined;
  return isOpen && carriesFiles(event) && within.closest(".pane").contains(event.target) ? within : null;
}

document.addEventListener("dragover", (event) => {
  const within = dropPlace(event);
  if (!within) return;
  event.preventDefault();
  within.classList.add("takes-drop");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form()?.classList.remove("takes-drop");
});

document.addEventListener("drop", (event) => {
  const within = dropPlace(event);
  form()?.classList.remove("takes-drop");
  if (!within) return;
  event.preventDefault();
  add(within, event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  const within = form();
  const { files } = event.clipboardData;
  if (!within?.contains(event.target) || !files.length || chooser(within).dataset.off !== undefined) return;
  event.preventDefault();
  add(within, [...files].map(named));
});

const prepare = () => form() && follow(form());
document.addEventListener("htmx:afterSettle", prepare);
prepare();
