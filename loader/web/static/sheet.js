// The sheet: the grid, what is wrong, and the edits. The server keeps everything; this shows it.

import { during, failed, get, post, say, url, word } from "./app.js";
import { Edits } from "./edits.js";
import { Grid } from "./grid.js";
import { holdUntilSaved } from "./leaving.js";
import { showGroups } from "./mistakes.js";
import { showCell } from "./panel.js";
import { Rows } from "./rows.js";

const $ = (id) => document.getElementById(id);
const path = $("sheet").dataset.path;
const STATE_EVERY = 400; // milliseconds, while the server reads or checks
const STATE_AGAIN = 4000; // after an error
const BESIDE = 992; // pixels: in narrower windows the panel is below the grid, out of sight
const view = { state: null, sheet: null, filter: {}, names: {} };

const rows = new Rows(path, () => {
  grid.later();
  if (rows.at(grid.active.row) !== view.row) cellShown();
});
const grid = new Grid($("grid"), rows, {
  moved: () => cellShown(),
  edit: (start) => edits.edit(start),
  clear: () => edits.clear(),
  take: (number) => edits.take(number),
  commit: () => edits.commit(),
  find: () => $("text").select(),
  failed,
});
const edits = new Edits(path, grid, rows, view, changed);
holdUntilSaved(edits);

/** Runs after every change: the counts, the list of mistakes, the cell in focus. */
async function changed({ reload = false } = {}) {
  if (reload) await rows.reload(grid.active.row);
  grid.refresh();
  await stand();
}

const currentColumn = () => view.sheet?.columns[grid.active.column];

function cellShown() {
  const { row, column } = grid.active;
  if (view.shown !== `${row} ${column}`) $("cell").parentElement.scrollTop = 0;
  view.shown = `${row} ${column}`;
  view.row = rows.at(row);
  showCell($("cell-name"), $("cell-said"), {
    row: view.row,
    column: currentColumn(),
    at: column,
    name: view.row?.cells[grid.nameAt],
    isChecked: view.state?.is_checked && !view.state.headings,
    edits,
  });
}

/** Asks how the draft stands, and shows it; again soon while the server works. */
async function stand({ withSheets = false } = {}) {
  const state = await get(`${path}/state${withSheets ? "?sheets=1" : ""}`);
  const before = view.state;
  view.state = state;
  if (state.sheets) view.sheets = state.sheets;
  for (const [id, can] of [["undo", state.undo], ["redo", state.redo]]) {
    if (document.activeElement === $(id) && !can) grid.go(grid.active.row, grid.active.column);
    $(id).disabled = !can || Boolean(state.held);
  }
  $("undo").title = state.undo ? `${state.undo} (Ctrl+Z)` : "";
  $("redo").title = state.redo ? `${state.redo} (Ctrl+Y)` : "";
  $("headings").hidden = !state.headings;
  $("plan").hidden = Boolean(state.headings);
  $("headings-text").textContent = state.headings;
  $("matched").hidden = !state.columns || Boolean(state.headings);
  if (state.columns) $("matched").querySelector("span").textContent = word(`columns_${state.columns}`);
  $("held").hidden = !state.held;
  $("held").textContent = state.held;
  showProgress(state);
  showCounts(state);
  showNotices(state.notices);
  if (before && state.is_checked && !before.is_checked) {
    await rows.show(view.filter);
    await stand({ withSheets: true });
    return;
  }
  if (state.is_checked) await mistakes();
  if (state.headings) cellShown();
  if (!state.is_checked && !state.trouble) pollIn(STATE_EVERY);
  showTrouble(state);
}

function showTrouble({ trouble }) {
  $("trouble").hidden = !trouble;
  if ($("trouble").textContent !== trouble) $("trouble").textContent = trouble;
}

function pollIn(milliseconds) {
  clearTimeout(view.polling);
  view.polling = setTimeout(poll, milliseconds);
}

async function poll() {
  try {
    const { rows: known, checked } = view.state;
    await stand({ withSheets: true });
    view.sheet = view.sheets.find(({ sheet_id }) => sheet_id === view.sheet.sheet_id) ?? view.sheet;
    if (view.state.rows !== known && !view.filter.only && !view.filter.text && !view.filter.code)
      rows.total = view.sheet.rows;
    if (view.state.checked !== checked) await rows.again(grid.seen);
    grid.draw();
  } catch (error) {
    failed(error);
    pollIn(STATE_AGAIN);
  }
}

function showProgress(state) {
  const bar = $("checking");
  bar.hidden = state.is_checked || Boolean(state.trouble);
  bar.value = state.rows ? (100 * state.checked) / state.rows : 0;
  const stands = $("stand");
  let text = word("checked", { count: state.rows });
  let kind = "good";
  if (!state.is_read) [text, kind] = [word("reading", { rows: state.rows }), "work"];
  else if (!state.is_checked) [text, kind] = [word("checking", state), "work"];
  else if (state.headings) [text, kind] = [word("top", { count: state.rows }), ""];
  else if (state.wrong_rows) [text, kind] = [word("to_fix", { count: state.wrong_rows }), "bad"];
  if (stands.textContent !== text) stands.textContent = text;
  stands.className = `stand chip ${kind}`;
}

function showCounts(state) {
  const counts = { "": state.rows, wrong: state.wrong_rows, warned: state.warnings, edited: state.edited };
  for (const button of $("filters").children) {
    const { only } = button.dataset;
    button.querySelector(".count").textContent = counts[only].toLocaleString("en");
    button.setAttribute("aria-pressed", String(!view.filter.code && (view.filter.only ?? "") === only));
  }
}

function showNotices(notices) {
  $("notices").hidden = !notices.length;
  const list = $("notices").querySelector("ul");
  list.replaceChildren(
    ...notices.map(({ message }) => Object.assign(document.createElement("li"), { textContent: message })),
  );
}

async function mistakes() {
  if (view.state.headings) {
    $("groups").textContent = word("match_first");
    return;
  }
  const found = await get(`${path}/groups?sheet=${view.sheet.sheet_id}`);
  showGroups($("groups"), found, { edits, show: showGroup });
}

/** Shows other rows, from the first on. */
async function show(filter) {
  view.filter = { sheet: view.sheet.sheet_id, ...filter };
  await rows.show(view.filter);
  grid.clearRows();
  grid.root.scrollTop = 0;
  grid.go(0, grid.active.column, { focus: false });
  $("chosen-group").hidden = !view.filter.code;
  showCounts(view.state);
  if (!rows.total) say(word("no_rows"));
}

function showGroup(group) {
  const { code, position, value } = group;
  const says = value ? word("says", { value: `“${value}”` }) : word("is_blank");
  $("chosen-group").querySelector("span").textContent = word("group_shown", { ...group, says });
  const at = Math.max(position, 0);
  return show({ code, position, value }).then(() => grid.go(0, at));
}

async function showSheet(sheet) {
  view.sheet = sheet;
  grid.setColumns(sheet.columns);
  for (const button of $("sheets").children)
    button.setAttribute("aria-pressed", String(Number(button.value) === sheet.sheet_id));
  await show({});
  grid.measure();
  grid.refresh();
}

function listSheets() {
  $("sheets").hidden = view.sheets.length < 2;
  $("sheets").replaceChildren(
    ...view.sheets.map((sheet) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", value: sheet.sheet_id, textContent: sheet.name });
      button.addEventListener("click", () => during(button, () => showSheet(sheet)));
      return button;
    }),
  );
}

/** Goes to the next wrong cell, or to the next that holds a text. */
async function next(button, more, nothing) {
  await during(button, async () => {
    const row = rows.at(grid.active.row);
    const { place } = await rows.ask("next", { row: row?.row_id ?? 0, at: grid.active.column, ...more });
    if (!place) {
      say(nothing);
      return;
    }
    await rows.want(place.at, place.at);
    grid.go(place.at, place.position, { focus: !more.find });
    const found = rows.at(place.at);
    if (more.find) say(word("found_at", { column: currentColumn().heading, row: found?.number }));
    else if (innerWidth < BESIDE) say(found?.findings.find(({ position }) => position === place.position)?.message ?? "");
  });
}

const nextWrong = (back) => {
  const warnings = view.filter.only === "warned" ? 1 : null;
  return next($(back ? "previous-wrong" : "next-wrong"), { back: back ? 1 : null, warnings }, word("no_next"));
};
const findNext = (back) => {
  const find = $("text").value;
  if (find) next(null, { find, back: back ? 1 : null }, word("not_found", { text: find })).catch(failed);
};

$("filters").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) during(button, () => show({ only: button.dataset.only }));
});
$("chosen-group").querySelector("button").addEventListener("click", () => show({}).then(() => grid.go(0, grid.active.column)).catch(failed));
$("next-wrong").addEventListener("click", () => nextWrong(false));
$("previous-wrong").addEventListener("click", () => nextWrong(true));
$("undo").addEventListener("click", ({ currentTarget }) => during(currentTarget, () => edits.undo()));
$("redo").addEventListener("click", ({ currentTarget }) => during(currentTarget, () => edits.redo()));
$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  findNext(false);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.shiftKey) {
    event.preventDefault();
    findNext(true);
  } else if (event.key === "Escape") grid.go(grid.active.row, grid.active.column);
});
$("only-text").addEventListener("click", ({ currentTarget: button }) => {
  const isOn = button.getAttribute("aria-pressed") !== "true" && $("text").value;
  button.setAttribute("aria-pressed", String(Boolean(isOn)));
  during(button, () => show({ only: view.filter.only, text: isOn ? $("text").value : "" }));
});
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select");
  if (event.key === "F8") {
    event.preventDefault();
    nextWrong(event.shiftKey);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isTyping && !$("plan").hidden) {
    event.preventDefault();
    $("plan").click();
  } else if ((event.ctrlKey || event.metaKey) && !isTyping && /^[zy]$/i.test(event.key)) {
    event.preventDefault();
    const isRedo = event.key.toLowerCase() === "y" || event.shiftKey;
    const button = $(isRedo ? "redo" : "undo");
    if (!button.disabled) during(button, () => (isRedo ? edits.redo() : edits.undo()));
  }
});

/** Another window may have edited meanwhile. */
addEventListener("visibilitychange", async () => {
  if (document.hidden || !view.state) return;
  try {
    const { revision } = view.state;
    await stand();
    if (view.state.revision === revision) return;
    await changed({ reload: true });
    say(word("changed_elsewhere"));
  } catch (error) {
    failed(error);
  }
});

/** Says first how the corrected file differs from a mere correction. */
$("corrected").addEventListener("click", (event) => {
  event.preventDefault();
  const link = event.currentTarget;
  during(link, async () => {
    say(word("making"));
    if (!(await edits.saved())) return;
    const { why, lost } = await get(`${path}/corrected/about`);
    say(why ? word("made_new", { why }) : lost.length ? word("made_lost", { lost: lost.join("; ") }) : "");
    location.assign(link.href);
  });
});

/** The link to look at an offer goes to the row in focus. */
$("look").addEventListener("click", ({ currentTarget }) => {
  const row = rows.at(grid.active.row);
  if (row) currentTarget.href = url(`${path}/look/${row.row_id}`);
});

async function begin() {
  const state = await get(`${path}/state?sheets=1`);
  view.sheets = state.sheets;
  if (!view.sheets.length) {
    showTrouble(state);
    $("sheet").classList.toggle("unread", Boolean(state.trouble));
    if (state.trouble) return;
    setTimeout(() => begin().catch(failed), STATE_EVERY);
    return;
  }
  view.state = state;
  listSheets();
  await showSheet(view.sheets[0]);
  await stand();
  const asked = new URLSearchParams(location.search);
  await goToRow(Number(asked.get("row")), Number(asked.get("at")));
  for (const kind of new Set(view.sheets.flatMap(({ columns }) => columns.map(({ names }) => names)))) {
    if (kind) view.names[kind] = (await get(`${path}/names?kind=${kind}`)).names;
  }
}

/** Goes to the cell that the address names: the way back from a preview, or from a plan. */
async function goToRow(rowId, column) {
  const sheet = view.sheets.find(({ first, rows: count }) => rowId >= first && rowId < first + count);
  if (!sheet) return;
  if (sheet !== view.sheet) await showSheet(sheet);
  grid.go(rowId - sheet.first, Math.min(column, sheet.columns.length - 1));
}

$("remove").addEventListener("click", () => $("sure").showModal());
$("sure").addEventListener("close", ({ currentTarget: dialog }) => {
  if (dialog.returnValue !== "yes") return;
  during($("remove"), async () => {
    const { path: start } = await post(`${path}/remove`);
    location.assign(url(start));
  });
});

begin().catch(failed);
