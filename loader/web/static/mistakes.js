// What is wrong with the sheet: the same mistake in many cells is one entry, fixed at once.

import { during, element, word, sentence } from "./app.js";

const FIRST = 8;
let isOpen = false;
let count = 0;

export function showGroups(list, groups, { edits, show }) {
  const focused = [...list.querySelectorAll(".group")].findIndex((each) => each.contains(document.activeElement));
  if (!groups.length) {
    list.replaceChildren(element("p", { class: "good", tabindex: -1 }, "✓ ", word("nothing_wrong")));
    if (focused >= 0) list.firstElementChild.focus();
    return;
  }
  const entries = groups.map((group) => entry(group, { edits, show }));
  const shown = element("ul", { class: "plain groups" }, ...entries.slice(0, FIRST));
  list.replaceChildren(shown);
  if (entries.length > FIRST) {
    const more = element("details", { open: isOpen }, element("summary", {}, word("more_groups", { count: entries.length - FIRST })));
    more.append(element("ul", { class: "plain groups" }, ...entries.slice(FIRST)));
    more.addEventListener("toggle", () => (isOpen = more.open));
    list.append(more);
  }
  if (focused >= 0) entries[Math.min(focused, entries.length - 1)].querySelector("button, input").focus();
}

function entry(group, { edits, show }) {
  const { cells, column, value, message, is_error: isError, offers, suggestion, is_cut: isCut } = group;
  const kind = isError ? "bad" : "care";
  const says = value ? word("says", { value: `“${short(value)}”` }) : word("is_blank");
  const about = `group-${(count += 1)}`; // what the buttons are about, for those who hear only them
  const made = element(
    "li",
    { class: `group ${kind}` },
    element(
      "p",
      { id: about },
      element("span", { class: `mark mark-${kind}`, "aria-hidden": "true" }, isError ? "✕" : "!"),
      element("strong", {}, word("group", { count: cells })),
      column ? ` · ${column} ${says}` : ` · ${message}`,
    ),
    element("p", { class: "quiet" }, message, suggestion && !offers.length ? ` ${sentence(suggestion)}` : ""),
  );
  const buttons = element("p", { class: "actions" });
  for (const text of offers)
    buttons.append(action(word("fix", { text }), "offered small", about, () => edits.fix(group, text)));
  if (cells > 1 && group.position >= 0 && !offers.length && !isCut) buttons.append(ownText(group, edits));
  buttons.append(action(word("show"), "small", about, () => show(group)));
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

function action(text, kind, about, work) {
  const button = element("button", { type: "button", class: kind, "aria-describedby": about }, text);
  button.addEventListener("click", () => during(button, work));
  return button;
}

const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
