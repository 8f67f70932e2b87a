// The field in which a cell is edited, with the choices that fit: a combobox with a list.

import { element, word } from "./app.js";

const MOST_CHOICES = 100;

/**
 * Opens a field over a cell. Resolves with {text, move} when it is left: `move` is "down", "right",
 * "left" or ""; with null when the cell is to stay as it was.
 */
export function edited(cell, text, { start, label, choices }) {
  return new Promise((resolve) => new Editor(cell, start ?? text, { label, choices, resolve, was: text }));
}

class Editor {
  constructor(cell, text, { label, choices, resolve, was }) {
    Object.assign(this, { cell, choices, resolve, was, chosen: -1, isTyped: text !== was });
    const kind = choices ? "input" : "textarea"; // a combobox has one line
    this.field = element(kind, { "aria-label": label, spellcheck: "false", autocomplete: "off" });
    this.field.value = text;
    this.box = element("div", { class: "editor" }, this.field);
    if (choices) this.addList(label);
    cell.append(this.box);
    this.field.addEventListener("keydown", (event) => this.keyed(event));
    this.field.addEventListener("input", () => {
      this.isTyped = true;
      this.resize();
      this.filter();
    });
    this.field.addEventListener("blur", () => this.leave({ text: this.field.value, move: "" }));
    this.field.addEventListener("mousedown", (event) => event.stopPropagation());
    cell.editor = this;
    this.resize();
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    this.filter();
  }

  addList(label) {
    this.list = element("div", { role: "listbox", id: "choices", class: "choices", "aria-label": label });
    this.box.append(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-controls": "choices",
      "aria-autocomplete": "list",
      "aria-expanded": "true",
    }))
      this.field.setAttribute(name, value);
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.leave({ text: option.dataset.text, move: "down" });
    });
  }

  resize() {
    if (this.choices) return;
    const lines = this.field.value.split("\n").length;
    this.field.rows = Math.min(8, Math.max(lines, Math.ceil(this.field.value.length / 60), 1));
  }

  /** Shows the choices that hold what was typed; all of them, before anything is. */
  filter() {
    this.keepInside();
    if (!this.list) return;
    const typed = this.isTyped ? this.field.value.trim().toLowerCase() : "";
    const fits = this.choices.filter(({ text, more = "" }) => `${text} ${more}`.toLowerCase().includes(typed));
    this.chosen = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-expanded", String(fits.length > 0));
    this.list.hidden = !fits.length;
    this.list.replaceChildren(
      ...fits.slice(0, MOST_CHOICES).map(({ text, more }, at) =>
        element(
          "div",
          { role: "option", id: `choice-${at}`, "data-text": text, "aria-selected": "false" },
          element("span", {}, text),
          more ? element("small", { class: "quiet" }, more) : "",
        ),
      ),
    );
    const below = this.cell.closest(".grid").getBoundingClientRect().bottom - this.cell.getBoundingClientRect().bottom;
    this.list.classList.toggle("upward", below < 220);
  }

  /** Moves the field to the left where it would end outside of the grid. */
  keepInside() {
    this.box.style.left = "";
    const [mine, all] = [this.box.getBoundingClientRect(), this.cell.closest(".grid").getBoundingClientRect()];
    const beyond = mine.right - all.right + 18;
    if (beyond > 0) this.box.style.left = `${-1 - beyond}px`;
  }

  choose(step) {
    const options = this.list ? [...this.list.children] : [];
    if (!options.length) return false;
    options[this.chosen]?.setAttribute("aria-selected", "false");
    this.chosen = (this.chosen + step + (this.chosen < 0 && step < 0 ? 1 : 0) + options.length) % options.length;
    const option = options[this.chosen];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", option.id);
    return true;
  }

  keyed(event) {
    event.stopPropagation();
    const text = this.chosen >= 0 ? this.list.children[this.chosen].dataset.text : this.field.value;
    const { key } = event;
    if (event.isComposing) return;
    if (key === "Escape") this.leave(null);
    else if (key === "Enter" && event.altKey && !this.choices) this.field.setRangeText("\n", this.field.selectionStart, this.field.selectionEnd, "end");
    else if (key === "Enter") this.leave({ text, move: event.shiftKey ? "up" : "down" });
    else if (key === "Tab") this.leave({ text, move: event.shiftKey ? "left" : "right" });
    else if ((key === "ArrowDown" || key === "ArrowUp") && this.choose(key === "ArrowDown" ? 1 : -1)) {
      // the list moves, not the caret
    } else return;
    event.preventDefault();
    this.resize();
  }

  get isChanged() {
    return this.field.value !== this.was;
  }

  commit() {
    this.leave({ text: this.field.value, move: "" });
  }

  leave(answer) {
    if (this.isLeft) return;
    this.isLeft = true;
    delete this.cell.editor;
    this.box.remove();
    this.resolve(answer && { ...answer, text: answer.text.replace(/\r\n?/g, "\n") });
  }
}

/** The choices of a column: its words, or names of the target. */
export function choicesOf(column, names) {
  if (column.words.length) return column.words.map((text) => ({ text }));
  const known = names[column.names];
  return known?.length ? known.map(({ name, more }) => ({ text: name, more })) : null;
}

export const editLabel = (column, row) => word("cell_name", { column: column.heading || column.letters, row: row.number });
