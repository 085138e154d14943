/* Tells at once which files are chosen and which the server would refuse ([data-files]), so that nobody
   waits for an upload in vain. The server decides all the same. */

const size = (bytes) => {
  const [number, unit] = bytes < 1_000_000 ? [Math.ceil(bytes / 1000), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(number);
};

function problem(box, files) {
  const { mostFiles, mostBytes, mostBytesTogether, tooMany, tooLarge, tooLargeTogether } = box.dataset;
  if (files.length > Number(mostFiles)) return tooMany;
  const large = files.find((file) => file.size > Number(mostBytes));
  if (large) return tooLarge.replace("{name}", large.name);
  const together = files.reduce((sum, file) => sum + file.size, 0);
  return together > Number(mostBytesTogether) ? tooLargeTogether : "";
}

function line(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

function show(box, files) {
  const list = document.createElement("ul");
  for (const file of files) {
    const item = line("li", file.name);
    item.append(" ", line("span", size(file.size), "muted"));
    list.append(item);
  }
  const wrong = problem(box, files);
  const shown = [...(wrong ? [line("p", wrong, "chosen-wrong")] : []), ...(files.length ? [list] : [])];
  box.querySelector(".chosen-files").replaceChildren(...shown);
}

for (const box of document.querySelectorAll("[data-files]")) {
  const input = box.querySelector("input[type=file]");
  input.addEventListener("change", () => show(box, [...input.files]));
}
