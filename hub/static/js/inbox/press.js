/* What a page offers by name: an element with data-press="NAME" is pressed by a shortcut or a command.
   A button or a link is clicked, a field is entered, a fold is opened and its first field entered, and
   of a group of buttons the one that is pressed has the focus. */

const FIELD = "input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea";
const FIRST = `${FIELD}, button, a[href], input:not([type=hidden])`;

/** The element of that name which can be pressed now. A link counts even where it is not shown: on a
    wide screen the list is beside the ticket, and the way back to it all the same. */
export function offered(name) {
  const named = [...document.querySelectorAll(`[data-press~="${CSS.escape(name)}"]`)].filter((element) => !element.disabled);
  return named.find((element) => element.checkVisibility()) ?? named.find((element) => element.matches("a[href], details *"));
}

function unfold(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

export function press(element) {
  if (element.matches("summary")) {
    unfold(element);
    (element.parentElement.querySelector(`:scope > :not(summary) :is(${FIRST})`) ?? element).focus();
  } else if (element.matches("[role=group]")) {
    (element.querySelector("[aria-pressed=true]") ?? element.querySelector("button")).focus();
  } else if (element.matches(FIELD)) {
    unfold(element);
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

/** Choose in a field as a person would, then send its form, or go on to what it still asks for. */
export function choose(field, value) {
  unfold(field);
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const missing = [...field.form.elements].find((other) => other.willValidate && !other.checkValidity());
  if (missing) missing.focus();
  else field.form.requestSubmit();
}
