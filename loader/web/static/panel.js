// The cell in focus: what it holds, what is wrong with it, what is expected, what would be right.

import { element, word, sentence } from "./app.js";
import { offersOf } from "./edits.js";

const LONGEST = 4000;
const LONGEST_NAME = 120;

export function showCell(name, said, { row, column, at, name: offer, isChecked, edits }) {
  if (!row || !column) return;
  const heading = column.heading.trim() || column.letters;
  name.textContent = word("cell_name", { column: heading, row: row.number });
  const ofCell = row.findings.filter(({ position }) => position === at);
  const ofRow = row.findings.filter(({ position }) => position < 0);
  const text = row.cells[at];
  const shown = [];
  if (offer && column.field !== "name") shown.push(element("p", { class: "quiet of-offer" }, offer.slice(0, LONGEST_NAME)));
  const wrong = element("div", { id: "cell-wrong" }); // what is read aloud with the cell
  if (row.is_blank) wrong.append(element("p", { class: "note" }, word("blank_row")));
  else wrong.append(...ofCell.map(findingShown), ...ofRow.map((finding) => ofRowShown(finding, row, edits)));
  wrong.append(...offersShown(row, at, edits));
  shown.push(wrong);
  if (!wrong.childElementCount && isChecked) shown.push(element("p", { class: "good" }, "✓ ", word(column.field ? "good" : "unread")));
  shown.push(element("pre", { class: text ? "held" : "held quiet" }, text ? text.slice(0, LONGEST) : word("blank")));
  if (row.findings.length) shown.push(leavingOut(row, edits));
  if (String(at) in row.was) shown.push(wasShown(row.was[at], edits));
  if (column.expected && !ofCell.some(({ message }) => message.includes(column.expected))) shown.push(element("p", { class: "quiet" }, word("expected", { text: column.expected })));
  said.replaceChildren(...shown);
}

export function findingShown({ is_error: isError, message, suggestion, offers, code }) {
  const kind = isError ? "bad" : "care";
  return element(
    "div",
    { class: `finding ${kind}` },
    element(
      "p",
      {},
      element("span", { class: `mark mark-${kind}`, "aria-hidden": "true" }, isError ? "✕" : "!"),
      element("span", { class: "unseen" }, `${word(isError ? "error" : "warning")}: `),
      message,
    ),
    suggestion && (!offers.length || suggestion.includes("(")) ? element("p", { class: "advice" }, sentence(suggestion)) : "",
    element("small", { class: "code quiet" }, word("code", { code })),
  );
}

const leavingOut = (row, edits) =>
  element("button", { type: "button", class: "small", onclick: () => edits.leaveOut(row) }, word("leave_out"));

function ofRowShown(finding, row, edits) {
  const shown = findingShown(finding);
  if (finding.can_confirm)
    shown.append(
      element("button", { type: "button", class: "small", onclick: () => edits.confirm(row.row_id) }, word("confirm")),
    );
  return shown;
}

function offersShown(row, at, edits) {
  return offersOf(row, at)
    .slice(0, 9)
    .map((text, number) =>
      element(
        "button",
        { type: "button", class: "offer", onclick: () => edits.put(text) },
        element("span", {}, word("use", { text: `“${text}”` })),
        element("kbd", {}, `Alt+${number + 1}`),
      ),
    );
}

function wasShown(text, edits) {
  return element(
    "p",
    { class: "was quiet" },
    word("was", { text: text ? `“${text.slice(0, 200)}”` : word("blank") }),
    " ",
    element("button", { type: "button", class: "plain small", onclick: () => edits.put(text) }, word("restore")),
  );
}
