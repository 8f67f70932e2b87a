// A virtual grid: a real table of the rows in sight, over a space as high as all of them.
// One cell can be reached by Tab; the keys move from it. What is edited is told to the page.

import { element, word } from "./app.js";
import { keyed } from "./grid_keys.js";

const MOST_HIGH = 8_000_000; // pixels: browsers stop at about 16 million
const AROUND = 4; // rows drawn above and below those in sight
const SHOWN = 300; // characters of a cell
const [NARROW, WIDE] = [5, 24]; // of columns, in rem
const LEAST_REST = 0.55; // of the width, beside the row numbers and names that stay in sight

export class Grid {
  /** `told`: moved(row, column), edit(start), clear(), take(number), find(), also from keys. */
  constructor(root, rows, told) {
    Object.assign(this, { root, rows, told, columns: [], active: { row: 0, column: 0 }, anchor: null, seen: { first: 0, last: -1 } });
    this.drawn = new Map();
    this.head = element("tr", { "aria-rowindex": 1 });
    this.body = element("tbody");
    this.widths = element("colgroup");
    this.table = element(
      "table",
      { role: "grid", "aria-label": root.dataset.label, "aria-multiselectable": "true" },
      this.widths,
      element("thead", {}, this.head),
      this.body,
    );
    this.space = element("div", { class: "space" }, this.table);
    root.replaceChildren(this.space);
    root.tabIndex = -1;
    root.addEventListener("scroll", () => this.later());
    root.addEventListener("keydown", (event) => !this.editing && keyed(this, event));
    root.addEventListener("mousedown", (event) => this.pressed(event));
    root.addEventListener("dblclick", () => !this.editing && this.told.edit());
    root.addEventListener("focusin", (event) => this.focused(event));
    new ResizeObserver(() => {
      this.keepName();
      this.later();
    }).observe(root);
  }

  /** Shows other columns. */
  setColumns(columns) {
    this.columns = columns;
    this.table.setAttribute("aria-colcount", columns.length + 1);
    this.head.replaceChildren(
      element("th", { scope: "col", class: "corner", "aria-colindex": 1 }, word("row")),
      ...columns.map((column, at) => this.heading(column, at)),
    );
    this.nameAt = columns.findIndex(({ field }) => field === "name");
    this.active = { row: 0, column: 0 };
    this.clearRows();
  }

  heading(column, at) {
    const name = column.heading.trim() || column.letters;
    const shown = [element("span", { class: "letters", "aria-hidden": "true" }, column.letters), name];
    if (column.is_required) shown.push(element("span", { class: "needed", "aria-hidden": "true" }, "*"), element("span", { class: "unseen" }, word("needed")));
    return element(
      "th",
      { scope: "col", "aria-colindex": at + 2, class: `${column.field ? "" : "unread"} ${column.field === "name" ? "name" : ""}`.trim(), title: column.expected },
      element("span", { class: "text" }, ...shown),
    );
  }

  /** Sets the widths by the headings and the first rows. */
  measure() {
    const first = Array.from({ length: 40 }, (_, at) => this.rows.at(at)).filter(Boolean);
    const digits = String(first.length ? this.rows.total + 20 : 0).length;
    const widths = this.columns.map((column, at) => {
      const lengths = first.map((row) => Math.min(row.cells[at].length, 60)).sort((a, b) => a - b);
      const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0;
      const heading = Math.min(column.heading.length, 26) * 0.6 + 3;
      return Math.min(WIDE, Math.max(NARROW, heading, usual * 0.5 + 2.2));
    });
    const all = [2.6 + digits * 0.6, ...widths];
    this.widths.replaceChildren(
      ...all.map((width) => {
        const column = element("col");
        column.style.width = `${width}rem`;
        return column;
      }),
    );
    this.table.style.width = `${all.reduce((sum, width) => sum + width, 0)}rem`;
    this.table.style.setProperty("--numbers", `${all[0]}rem`);
    this.keepName();
  }

  /** Keeps the names in sight beside the row numbers, if enough room is left for the others. */
  keepName() {
    const [numbers, name] = [this.head.children[0], this.head.children[this.nameAt + 1]];
    const isKept = this.nameAt >= 0 && numbers.offsetWidth + name.offsetWidth < (1 - LEAST_REST) * this.root.clientWidth;
    this.root.classList.toggle("keeps-name", isKept);
  }

  clearRows() {
    this.drawn.clear();
    this.body.replaceChildren();
  }

  /** Draws again, when the browser next draws. */
  later() {
    this.planned ??= requestAnimationFrame(() => {
      this.planned = undefined;
      this.draw();
    });
  }

  get rowHigh() {
    return Number.parseFloat(getComputedStyle(this.root).fontSize) * 2.35;
  }

  get headHigh() {
    return this.head.offsetHeight;
  }

  draw() {
    const { total } = this.rows;
    const [high, inSight] = [this.rowHigh, this.root.clientHeight - this.headHigh];
    const all = total * high + this.headHigh;
    const space = Math.min(all, MOST_HIGH);
    this.scale = all > MOST_HIGH ? (total * high - inSight) / (space - this.root.clientHeight) : 1;
    this.space.style.height = `${space}px`;
    this.table.setAttribute("aria-rowcount", total + 1);
    const top = this.root.scrollTop * this.scale;
    const first = Math.max(0, Math.floor(top / high) - AROUND);
    const last = Math.min(total - 1, Math.ceil((top + inSight) / high) + AROUND);
    const shift = this.scale === 1 ? first * high : this.root.scrollTop - (top - first * high);
    this.table.style.top = `${Math.max(0, shift)}px`;
    this.drawRows(first, last);
    this.seen = { first, last };
    if (last >= first) this.rows.want(first, last).catch(this.told.failed);
  }

  drawRows(first, last) {
    for (const [place, line] of this.drawn) {
      if (place >= first && place <= last) continue;
      if (line.contains(document.activeElement)) this.keepFocus();
      line.remove();
      this.drawn.delete(place);
    }
    for (let place = first; place <= last; place += 1) {
      let line = this.drawn.get(place);
      if (!line) {
        line = element("tr", { "aria-rowindex": place + 2 });
        line.place = place;
        this.drawn.set(place, line);
        this.body.insertBefore(line, this.body.children[place - first] ?? null);
      }
      this.fill(line, place);
    }
    this.mark();
  }

  /** The focused cell leaves the table: the grid keeps the keys. */
  keepFocus() {
    if (this.editing) this.told.commit();
    this.root.focus({ preventScroll: true });
  }

  fill(line, place) {
    const row = this.rows.at(place);
    if (line.row === row && row) return;
    if (line.contains(this.editing)) return;
    const had = document.activeElement?.closest("td");
    const column = had && line.contains(had) ? had.cellIndex : 0;
    line.row = row;
    line.className = row?.is_blank ? "blank" : "";
    line.setAttribute("aria-busy", String(!row));
    line.replaceChildren(
      this.rowHeading(row),
      ...this.columns.map((_, at) => this.cell(row, place, at)),
    );
    if (column) line.children[column].focus({ preventScroll: true });
  }

  rowHeading(row) {
    const of = row?.findings ?? [];
    const worst = of.some((each) => each.is_error) ? "bad" : of.length ? "care" : "";
    const name = element("th", { scope: "row", "aria-colindex": 1, class: worst }, row ? String(row.number) : "");
    if (worst) name.prepend(markOf(worst));
    return name;
  }

  cell(row, place, at) {
    const cell = element("td", { "aria-colindex": at + 2, tabindex: -1 });
    if (!row) return cell;
    const of = row.findings.filter((each) => each.position === at);
    const worst = of.some((each) => each.is_error) ? "bad" : of.length ? "care" : "";
    if (worst) cell.append(markOf(worst));
    if (worst === "bad") cell.setAttribute("aria-invalid", "true");
    cell.className = `${worst} ${String(at) in row.was ? "edited" : ""} ${at === this.nameAt ? "name" : ""}`.trim();
    const text = row.cells[at].slice(0, SHOWN);
    const isMissing = worst && !text;
    cell.append(element("span", { class: isMissing ? "text missing" : "text" }, isMissing ? word("blank") : text));
    return cell;
  }

  /** Marks the active cell and the chosen ones. */
  mark() {
    const area = this.area();
    for (const [place, line] of this.drawn)
      for (let at = 0; at < this.columns.length; at += 1) {
        const cell = line.children[at + 1];
        if (!cell) continue;
        const isActive = place === this.active.row && at === this.active.column;
        const isIn = place >= area.top && place <= area.bottom && at >= area.left && at <= area.right;
        cell.tabIndex = isActive ? 0 : -1;
        if (isActive) cell.setAttribute("aria-describedby", "cell-wrong");
        else cell.removeAttribute("aria-describedby");
        cell.setAttribute("aria-selected", String(isIn));
      }
    if (document.activeElement === this.root) this.activeCell()?.focus({ preventScroll: true });
  }

  activeCell() {
    return this.drawn.get(this.active.row)?.children[this.active.column + 1];
  }

  /** The chosen cells: from the anchor to the active one. */
  area() {
    const other = this.anchor ?? this.active;
    return {
      top: Math.min(other.row, this.active.row),
      bottom: Math.max(other.row, this.active.row),
      left: Math.min(other.column, this.active.column),
      right: Math.max(other.column, this.active.column),
    };
  }

  /** Moves to a cell; `extends` keeps the anchor, so that cells are chosen. */
  go(row, column, { extend = false, focus = true } = {}) {
    this.anchor = extend ? (this.anchor ?? { ...this.active }) : null;
    this.active = {
      row: Math.max(0, Math.min(row, this.rows.total - 1)),
      column: Math.max(0, Math.min(column, this.columns.length - 1)),
    };
    this.reveal();
    this.draw();
    this.told.moved(); // before the focus, which reads aloud what is said of the cell
    if (focus) (this.activeCell() ?? this.root).focus({ preventScroll: true });
  }

  /** Scrolls so that the active cell is in sight. */
  reveal() {
    const { row, column } = this.active;
    const [high, inSight] = [this.rowHigh, this.root.clientHeight - this.headHigh];
    const [top, bottom] = [row * high, (row + 1) * high];
    const now = this.root.scrollTop * this.scale;
    if (top < now) this.root.scrollTop = top / this.scale;
    else if (bottom > now + inSight) this.root.scrollTop = Math.ceil((bottom - inSight) / this.scale) + 1;
    const heads = this.head.children;
    const cell = heads[column + 1];
    if (!cell) return;
    const isNameKept = this.root.classList.contains("keeps-name");
    const stays = isNameKept && column > this.nameAt ? heads[this.nameAt + 1].offsetWidth : 0;
    const start = [...heads].slice(0, column + 1).reduce((sum, head) => sum + head.offsetWidth, 0);
    const left = start - heads[0].offsetWidth - stays;
    const isKept = isNameKept && column === this.nameAt;
    if (left < this.root.scrollLeft && !isKept) this.root.scrollLeft = left;
    const right = start + cell.offsetWidth - this.root.clientWidth;
    if (right > this.root.scrollLeft) this.root.scrollLeft = right;
  }

  get rowsInSight() {
    return Math.max(1, Math.floor((this.root.clientHeight - this.headHigh) / this.rowHigh) - 1);
  }

  pressed(event) {
    const cell = event.target.closest("td");
    if (!cell || event.button || this.editing?.contains(event.target)) return;
    const place = cell.parentElement.place;
    if (event.shiftKey) event.preventDefault();
    this.go(place, cell.cellIndex - 1, { extend: event.shiftKey });
    const dragged = ({ target }) => {
      const over = target.closest?.("td");
      if (over && this.root.contains(over)) this.go(over.parentElement.place, over.cellIndex - 1, { extend: true });
    };
    const released = () => {
      this.root.removeEventListener("mouseover", dragged);
      removeEventListener("mouseup", released);
    };
    this.root.addEventListener("mouseover", dragged);
    addEventListener("mouseup", released);
  }

  focused(event) {
    const cell = event.target.closest("td");
    if (!cell || this.editing) return;
    const [row, column] = [cell.parentElement.place, cell.cellIndex - 1];
    if (row !== this.active.row || column !== this.active.column) this.go(row, column);
    else this.told.moved();
  }

  /** Draws rows again that have changed. */
  refresh() {
    this.draw();
    this.told.moved();
  }
}

const markOf = (kind) => element("span", { class: `mark mark-${kind}`, "aria-hidden": "true" }, kind === "bad" ? "✕" : "!");
