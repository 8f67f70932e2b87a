// What is wrong with the sheet: the same mistake in many cells is one entry, fixed at once.

import { during, element, word, plain } from "./app.js";

const FIRST = 8;
let isOpen = false;

export function showGroups(list, groups, { edits, show }) {
  const hadFocus = list.contains(document.activeElement);
  if (!groups.length) {
    list.replaceChildren(element("p", { class: "good" }, "✓ ", word("nothing_wrong")));
    return;
  }
  const entries = groups.map((group) => entry(group, { edits, show }));
  const shown = element("ul", { class: "plain groups" }, ...entries.slice(0, FIRST));
  list.replaceChildren(shown);
  if (entries.length > FIRST) {
    const more = element("details", { open: isOpen }, element("summary", {}, `+ ${entries.length - FIRST}`));
    more.append(element("ul", { class: "plain groups" }, ...entries.slice(FIRST)));
    more.addEventListener("toggle", () => (isOpen = more.open));
    list.append(more);
  }
  if (hadFocus) list.querySelector("button")?.focus();
}

function entry(group, { edits, show }) {
  const { cells, column, value, message, is_error: isError, offers, suggestion } = group;
  const kind = isError ? "bad" : "care";
  const says = value ? word("says", { value: `“${short(value)}”` }) : word("is_blank");
  const made = element(
    "li",
    { class: `group ${kind}` },
    element(
      "p",
      {},
      element("span", { class: `mark mark-${kind}`, "aria-hidden": "true" }, isError ? "✕" : "!"),
      element("strong", {}, word("group", { count: cells })),
      column ? ` · ${column} ${says}` : ` · ${message}`,
    ),
    element("p", { class: "quiet" }, plain(message), suggestion && !offers.length ? ` ${plain(suggestion)}` : ""),
  );
  const buttons = element("p", { class: "actions" });
  for (const text of offers)
    buttons.append(action(word("fix", { text }), "offered small", () => edits.fix(group, text)));
  if (cells > 1 && group.position >= 0 && !offers.length) buttons.append(ownText(group, edits));
  buttons.append(action(word("show"), "small", () => show(group)));
  made.append(buttons);
  return made;
}

function ownText(group, edits) {
  const label = word("fix_all_label", { count: group.cells, column: group.column });
  const field = element("input", { "aria-label": label, placeholder: word("fix_all", { count: group.cells }) });
  const form = element("form", { class: "own" }, field, element("button", { class: "small" }, word("apply")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value) edits.fix(group, field.value);
  });
  return form;
}

function action(text, kind, work) {
  const button = element("button", { type: "button", class: kind }, text);
  button.addEventListener("click", () => during(button, work));
  return button;
}

const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
