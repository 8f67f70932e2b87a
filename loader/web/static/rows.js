// The rows of a sheet, fetched a block at a time as they are looked at: the browser never has all.

import { get } from "./app.js";

const BLOCK = 100;
const MOST_BLOCKS = 60;

export class Rows {
  /** `changed` is called when rows came that somebody waits for. */
  constructor(path, changed) {
    this.path = path;
    this.changed = changed;
    this.shown = { filter: {}, list: "" };
    this.total = 0;
    this.blocks = new Map();
    this.waiting = new Map();
    this.age = 0;
  }

  /** Shows other rows, as they are by now: without those that were fixed since. */
  show(filter) {
    return this.replace({ filter, list: "" }, 0);
  }

  /** Forgets what is known of the rows that are shown, and fetches them again. */
  reload(around = 0) {
    return this.replace({ ...this.shown }, Math.floor(around / BLOCK));
  }

  /** Shows a list from one block on. Until that has come, places are those of the list before. */
  async replace(shown, block) {
    const age = (this.age += 1);
    const window = await this.window(shown, block * BLOCK, BLOCK);
    if (age !== this.age) return;
    this.shown = { ...shown, list: window.list };
    this.blocks.clear();
    this.waiting.clear();
    this.keep(block, window);
  }

  fetch(block) {
    if (this.waiting.has(block)) return this.waiting.get(block);
    const { shown } = this;
    const work = this.window(shown, block * BLOCK, BLOCK)
      .then((window) => shown === this.shown && this.keep(block, window))
      .finally(() => shown === this.shown && this.waiting.delete(block));
    this.waiting.set(block, work);
    return work;
  }

  keep(block, window) {
    this.total = window.total;
    this.blocks.set(block, window.rows);
    while (this.blocks.size > MOST_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
    this.changed();
  }

  window(shown, start, count) {
    return this.ask("rows", { start, count }, shown);
  }

  /** Asks about rows of a list; where the server does not have it any more, shows them anew. */
  async ask(what, more, shown = this.shown) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...shown.filter, list: shown.list, ...more }))
      if (value !== "" && value != null) query.set(name, value);
    if (shown.filter.value === "") query.set("value", "");
    try {
      return await get(`${this.path}/${what}?${query}`);
    } catch (error) {
      if (error.code === "rows-changed" && shown.list === this.shown.list) await this.show(shown.filter);
      throw error;
    }
  }

  /** The row at a place, or undefined: then it is on its way. */
  at(place) {
    const block = this.blocks.get(Math.floor(place / BLOCK));
    return block?.[place % BLOCK];
  }

  /** Fetches what is missing of some rows. */
  want(first, last) {
    const blocks = [];
    for (let block = Math.floor(first / BLOCK); block <= Math.floor(last / BLOCK); block += 1)
      if (!this.blocks.has(block) && block * BLOCK < Math.max(this.total, 1)) blocks.push(this.fetch(block));
    return Promise.all(blocks);
  }

  /** Fetches some rows again that were not checked when they came. */
  async again({ first, last }) {
    const seen = [];
    for (let place = first; place <= last; place += 1) if (this.at(place)) seen.push(place);
    if (!seen.length) return;
    this.take((await this.window(this.shown, seen[0], seen.at(-1) - seen[0] + 1)).rows);
  }

  /** Takes rows as they are after an edit. */
  take(rows) {
    const byId = new Map(rows.map((row) => [row.row_id, row]));
    for (const block of this.blocks.values())
      block.forEach((row, at) => byId.has(row.row_id) && (block[at] = byId.get(row.row_id)));
    this.changed();
  }

  /** All rows from one place to another of a list, whether they were looked at or not. */
  async between(first, last, shown) {
    const known = Array.from({ length: last - first + 1 }, (_, at) => this.at(first + at));
    const isShown = shown.list === this.shown.list && shown.filter === this.shown.filter;
    if (isShown && known.every(Boolean)) return known;
    const found = [];
    for (let start = first; start <= last; start += 500)
      found.push(...(await this.window(shown, start, Math.min(500, last - start + 1))).rows);
    return found;
  }
}
