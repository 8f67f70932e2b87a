// What a person does to cells: typed, pasted, cleared, fixed, undone. One after the other.

import { failed, post, Problem, say, word } from "./app.js";
import { formatted, parsed } from "./clipboard.js";
import { choicesOf, edited, editLabel } from "./editor.js";

const MOST_CELLS = 20_000;

export class Edits {
  constructor(path, grid, rows, view, changed) {
    Object.assign(this, { path, grid, rows, view, changed });
    Object.assign(this, { last: Promise.resolve(), waiting: 0, failures: 0 });
    grid.root.addEventListener("copy", (event) => !grid.editing && this.copy(event));
    grid.root.addEventListener("cut", (event) => {
      if (grid.editing) return;
      this.clear(this.copy(event));
    });
    grid.root.addEventListener("paste", (event) => {
      if (grid.editing) return;
      event.preventDefault();
      this.paste(event.clipboardData.getData("text/plain"));
    });
  }

  /** Does one thing after the other; says what goes wrong, and shows the rows as they are.
   * `last` never fails: what comes later would not be done. */
  queue(work) {
    this.waiting += 1;
    this.last = this.last
      .then(work)
      .catch(async (error) => {
        this.failures += 1;
        failed(error);
        await this.changed({ reload: true }).catch(failed);
      })
      .finally(() => (this.waiting -= 1));
    return this.last;
  }

  /** Whether something that was done or typed is not saved yet. */
  get isUnsaved() {
    return this.waiting > 0 || Boolean(this.grid.editing?.editor?.isChanged);
  }

  /** Keeps what is typed, and waits until everything is saved: false where something was not. */
  async saved() {
    const { failures } = this;
    this.commit();
    await this.typing;
    for (let last; last !== this.last; await last) last = this.last;
    return failures === this.failures;
  }

  async done(answer, words) {
    if (!answer.words) return say(word("same"));
    this.rows.take(answer.rows);
    await this.changed({ reload: answer.others });
    say(words);
  }

  /** Opens the field over the active cell; `start` is what was typed. */
  edit(start) {
    this.typing = this.typed(start);
    return this.typing;
  }

  async typed(start) {
    const { row: place, column: at } = this.grid.active;
    const row = this.rows.at(place);
    const cell = this.grid.activeCell();
    if (!row || !cell || this.view.state?.held) return this.view.state?.held && say(this.view.state.held, "wrong");
    const column = this.view.sheet.columns[at];
    const was = row.cells[at];
    this.grid.editing = cell;
    this.grid.anchor = null;
    const choices = choicesOf(column, this.view.names);
    const answer = await edited(cell, was, { start, choices, label: editLabel(column, row) });
    this.grid.editing = null;
    if (!answer) return this.grid.go(place, at);
    const [down, right] = { up: [-1, 0], down: [1, 0], left: [0, -1], right: [0, 1] }[answer.move] ?? [0, 0];
    if (answer.move) this.grid.go(place + down, at + right);
    if (answer.text === was) return undefined;
    const words = word("edited", { column: column.heading || column.letters, row: row.number });
    return this.send([[row.row_id, at, answer.text, was]], words);
  }

  /** Leaves the field, keeping what was typed. */
  commit() {
    this.grid.editing?.editor?.commit();
  }

  send(changes, words) {
    return this.queue(async () => {
      const answer = await post(`${this.path}/edits`, { changes, words });
      await this.done(answer, word("saved", { count: answer.cells }));
    });
  }

  /** Gives the active cell a text: a suggestion, or what the file holds. */
  put(text) {
    const { row: place, column: at } = this.grid.active;
    const row = this.rows.at(place);
    const column = this.view.sheet.columns[at];
    const words = word("edited", { column: column.heading || column.letters, row: row.number });
    this.grid.go(place, at);
    return this.send([[row.row_id, at, text, row.cells[at]]], words);
  }

  /** Takes the suggestion of that number for the active cell. */
  take(number) {
    const row = this.rows.at(this.grid.active.row);
    const offers = offersOf(row, this.grid.active.column);
    return offers[number - 1] === undefined ? undefined : this.put(offers[number - 1]);
  }

  confirm(row) {
    return this.queue(async () => this.done(await post(`${this.path}/confirm`, { row }), word("saved", { count: 1 })));
  }

  fix(group, text) {
    const { sheet_id: sheet, position, code, value } = group;
    return this.queue(async () => {
      const answer = await post(`${this.path}/fix-group`, { sheet, position, code, value, text });
      await this.done(answer, word("saved", { count: answer.cells }));
    });
  }

  undo() {
    return this.queue(async () => {
      const answer = await post(`${this.path}/undo`);
      await this.done(answer, word("undone", answer));
    });
  }

  redo() {
    return this.queue(async () => {
      const answer = await post(`${this.path}/redo`);
      await this.done(answer, word("redone", answer));
    });
  }

  tooMany(count) {
    if (count <= MOST_CELLS) return false;
    say(word("too_many", { count, most: MOST_CELLS }), "wrong");
    return true;
  }

  /** Clears a whole row, so that nothing is sent for it. */
  leaveOut(row) {
    this.grid.go(this.grid.active.row, this.grid.active.column);
    const filled = row.cells.flatMap((text, at) => (text === "" ? [] : [[row.row_id, at, "", text]]));
    return this.send(filled, word("left_out", { row: row.number }));
  }

  /** Clears the chosen cells; those that are cut, if they were copied. */
  clear(isCopied = true) {
    const { top, bottom, left, right } = this.grid.area();
    if (this.tooMany((bottom - top + 1) * (right - left + 1))) return undefined;
    const { shown } = this.rows;
    return this.queue(async () => {
      if (!(await isCopied)) return undefined;
      const changes = [];
      for (const row of await this.rows.between(top, bottom, shown))
        for (let at = left; at <= right; at += 1)
          if (row.cells[at] !== "") changes.push([row.row_id, at, "", row.cells[at]]);
      if (!changes.length) return say(word("same"));
      const words = word("cleared", { count: changes.length });
      return this.done(await post(`${this.path}/edits`, { changes, words }), words);
    });
  }

  /** Copies the chosen cells: true where it was done, or a promise of it. */
  copy(event) {
    const { top, bottom, left, right } = this.grid.area();
    const count = (bottom - top + 1) * (right - left + 1);
    event.preventDefault();
    if (this.tooMany(count)) return false;
    const cells = (lines) => formatted(lines.map((row) => row.cells.slice(left, right + 1)));
    const known = Array.from({ length: bottom - top + 1 }, (_, at) => this.rows.at(top + at));
    if (known.every(Boolean)) {
      event.clipboardData.setData("text/plain", cells(known));
      say(word("copied", { count }));
      return true;
    }
    const { shown } = this.rows;
    return this.queue(async () => {
      await toClipboard(cells(await this.rows.between(top, bottom, shown)));
      say(word("copied", { count }));
      return true;
    });
  }

  /** Pastes a block from the top left of the chosen cells on; one cell fills all that are chosen. */
  paste(text) {
    const block = parsed(text);
    const area = this.grid.area();
    const isOne = block.length === 1 && block[0].length === 1;
    const width = Math.max(...block.map((cells) => cells.length));
    const bottom = isOne ? area.bottom : Math.min(this.rows.total - 1, area.top + block.length - 1);
    const right = isOne ? area.right : Math.min(this.grid.columns.length - 1, area.left + width - 1);
    const isCut = !isOne && (bottom < area.top + block.length - 1 || right < area.left + width - 1);
    if (this.tooMany((bottom - area.top + 1) * (right - area.left + 1))) return undefined;
    const { shown } = this.rows; // what is queued before may take long, and others be shown then
    return this.queue(async () => {
      const changes = [];
      (await this.rows.between(area.top, bottom, shown)).forEach((row, down) => {
        const cells = isOne ? null : block[down];
        for (let at = area.left; at <= right; at += 1) {
          const put = isOne ? block[0][0] : cells[at - area.left];
          if (put !== undefined && put !== row.cells[at]) changes.push([row.row_id, at, put, row.cells[at]]);
        }
      });
      if (!changes.length) return say(word("same"));
      const words = word("pasted", { count: changes.length });
      await this.done(await post(`${this.path}/edits`, { changes, words }), isCut ? word("clipped") : words);
      this.grid.anchor = { row: bottom, column: right };
      return this.grid.mark();
    });
  }
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Problem(0, { message: word("not_copied"), code: "not-copied" });
  }
}

/** The suggestions for a cell, each once. */
export const offersOf = (row, at) => [
  ...new Set((row?.findings ?? []).filter(({ position }) => position === at).flatMap(({ offers }) => offers)),
];
