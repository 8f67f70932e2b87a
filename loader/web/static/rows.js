// The rows of a sheet, fetched a block at a time as they are looked at: the browser never has all.

import { get } from "./app.js";

const BLOCK = 100;
const MOST_BLOCKS = 60;

export class Rows {
  /** `changed` is called when rows came that somebody waits for. */
  constructor(path, changed) {
    this.path = path;
    this.changed = changed;
    this.filter = {};
    this.total = 0;
    this.blocks = new Map();
    this.waiting = new Map();
    this.age = 0;
  }

  /** Shows other rows, as they are by now: without those that were fixed since. */
  async show(filter) {
    this.filter = filter;
    this.anew = true;
    return this.reload();
  }

  /** Forgets what is known, and fetches the first rows again. */
  async reload(around = 0) {
    this.age += 1;
    this.blocks.clear();
    this.waiting.clear();
    await this.fetch(Math.floor(around / BLOCK));
  }

  query(more = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...this.filter, ...more }))
      if (value !== "" && value != null) query.set(name, value);
    if (this.filter.value === "") query.set("value", "");
    return query;
  }

  fetch(block) {
    if (this.waiting.has(block)) return this.waiting.get(block);
    const { age } = this;
    const query = this.query({ start: block * BLOCK, count: BLOCK });
    if (this.anew) query.set("anew", "1");
    this.anew = false;
    const work = get(`${this.path}/rows?${query}`)
      .then((window) => {
        if (age !== this.age) return;
        this.total = window.total;
        this.blocks.set(block, window.rows);
        while (this.blocks.size > MOST_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
        this.changed();
      })
      .finally(() => age === this.age && this.waiting.delete(block));
    this.waiting.set(block, work);
    return work;
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
    const query = this.query({ start: seen[0], count: seen.at(-1) - seen[0] + 1 });
    this.take((await get(`${this.path}/rows?${query}`)).rows);
  }

  /** Takes rows as they are after an edit. */
  take(rows) {
    const byId = new Map(rows.map((row) => [row.row_id, row]));
    for (const block of this.blocks.values())
      block.forEach((row, at) => byId.has(row.row_id) && (block[at] = byId.get(row.row_id)));
    this.changed();
  }

  /** All rows from one place to another, whether they were looked at or not. */
  async between(first, last) {
    const found = [];
    for (let start = first; start <= last; start += 500) {
      const count = Math.min(500, last - start + 1);
      const window = await get(`${this.path}/rows?${this.query({ start, count })}`);
      found.push(...window.rows);
    }
    return found;
  }
}
