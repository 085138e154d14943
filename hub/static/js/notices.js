/* The page's one polite voice: the status region of templates/_notices.html. Its sentences come
   translated in data attributes; `say` takes the attribute's name. */

const region = document.getElementById("notices");

/** Show and announce a sentence. `key` names it and makes it replaceable: saying the same key
    again, or `hush(key)`, takes the earlier one away. `seconds`: how long it stays (0: until hushed). */
export function say(key, { kind = "info", seconds = 8 } = {}) {
  const sentence = region?.dataset[key];
  if (!sentence) return;
  hush(key);
  const line = document.createElement("p");
  line.className = `notice notice-${kind}`;
  line.dataset.key = key;
  line.textContent = sentence;
  region.append(line);
  if (seconds) setTimeout(() => line.remove(), seconds * 1000);
}

/** Does it stand there now? */
export function isSaid(key) {
  return Boolean(region?.querySelector(`[data-key="${key}"]`));
}

/** Take a sentence away. Returns whether it was there. */
export function hush(key) {
  const line = region?.querySelector(`[data-key="${key}"]`);
  line?.remove();
  return Boolean(line);
}
