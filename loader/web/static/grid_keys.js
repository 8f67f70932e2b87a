// What the keys do in the grid while no cell is edited.

const MOVES = {
  ArrowUp: (grid, far) => [far ? 0 : grid.active.row - 1, grid.active.column],
  ArrowDown: (grid, far) => [far ? grid.rows.total - 1 : grid.active.row + 1, grid.active.column],
  ArrowLeft: (grid, far) => [grid.active.row, far ? 0 : grid.active.column - 1],
  ArrowRight: (grid, far) => [grid.active.row, far ? grid.columns.length - 1 : grid.active.column + 1],
  PageUp: (grid) => [grid.active.row - grid.rowsInSight, grid.active.column],
  PageDown: (grid) => [grid.active.row + grid.rowsInSight, grid.active.column],
  Home: (grid, far) => [far ? 0 : grid.active.row, 0],
  End: (grid, far) => [far ? grid.rows.total - 1 : grid.active.row, grid.columns.length - 1],
};

export function keyed(grid, event) {
  const far = event.ctrlKey || event.metaKey;
  const done = () => event.preventDefault();
  if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
    done();
    grid.told.take(Number(event.code.at(-1)));
    return;
  }
  if (event.altKey) return;
  if (event.key in MOVES) {
    done();
    grid.go(...MOVES[event.key](grid, far), { extend: event.shiftKey });
  } else if (far) {
    if (event.key === "a") {
      done();
      grid.anchor = { row: 0, column: 0 };
      grid.active = { row: grid.rows.total - 1, column: grid.columns.length - 1 };
      grid.refresh();
    } else if (event.key === "f") {
      done();
      grid.told.find();
    }
  } else if (event.key === "F2" || event.key === "Enter") {
    done();
    grid.told.edit();
  } else if (event.key === "Delete" || event.key === "Backspace") {
    done();
    grid.told.clear();
  } else if (event.key === "Escape") {
    grid.anchor = null;
    grid.mark();
  } else if (event.key.length === 1) {
    done();
    grid.told.edit(event.key);
  }
}
