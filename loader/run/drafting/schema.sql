CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sheet (
  sheet_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  header TEXT NOT NULL,      -- JSON list
  header_row INTEGER NOT NULL,
  first INTEGER NOT NULL,    -- row_id of its first row: the rows of a sheet follow one another
  rows INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS row (
  row_id INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,   -- as the spreadsheet shows it
  cells TEXT NOT NULL,       -- JSON list, as read
  kinds TEXT,                -- JSON: position -> kind, of cells that are not plain text
  problems TEXT,             -- JSON list: what reading found wrong
  now TEXT,                  -- JSON list with the edits; NULL: as read
  errors INTEGER NOT NULL DEFAULT 0,
  warnings INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0  -- of the draft, when the row last changed
);
CREATE INDEX IF NOT EXISTS wrong_row ON row (row_id) WHERE errors > 0;

CREATE TABLE IF NOT EXISTS finding (
  row_id INTEGER NOT NULL,
  position INTEGER NOT NULL,  -- -1: the whole row
  is_error INTEGER NOT NULL,
  is_across INTEGER NOT NULL, -- found by comparing rows
  code TEXT NOT NULL,
  value TEXT NOT NULL,
  message TEXT NOT NULL,
  suggestion TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS finding_of_row ON finding (row_id, position);
CREATE INDEX IF NOT EXISTS finding_of_group ON finding (is_error, code, position, value);

-- What tells rows apart, of each row; `position` is that of its key, -1 for none.
CREATE TABLE IF NOT EXISTS row_key (
  row_id INTEGER PRIMARY KEY,
  similar INTEGER NOT NULL,
  key INTEGER NOT NULL,
  contents INTEGER NOT NULL,
  text TEXT NOT NULL,
  position INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS similar_key ON row_key (similar, row_id);

-- The overlay: the texts that differ from the file. Position -1: the row is confirmed.
CREATE TABLE IF NOT EXISTS cell (
  row_id INTEGER NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (row_id, position)
) WITHOUT ROWID;

-- What a person did, one after the other: "done", "undone", or "dropped" (undone, then passed by).
CREATE TABLE IF NOT EXISTS step (
  step_id INTEGER PRIMARY KEY,
  words TEXT NOT NULL,
  at REAL NOT NULL,
  who TEXT NOT NULL,
  state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS edit (
  step_id INTEGER NOT NULL, row_id INTEGER NOT NULL, position INTEGER NOT NULL,
  old TEXT, new TEXT,  -- of the overlay: NULL is the text of the file
  PRIMARY KEY (step_id, row_id, position)
) WITHOUT ROWID;
