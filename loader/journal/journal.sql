-- The journal: what was read, what was sent, what became of it. Times are UTC seconds.
CREATE TABLE run (
  run_id TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  command TEXT NOT NULL,
  options TEXT NOT NULL,                     -- JSON object, no secrets
  dry_run INTEGER NOT NULL,
  staged INTEGER NOT NULL DEFAULT 0,         -- 1: every source was read to its end
  started_at REAL NOT NULL,
  finished_at REAL,
  stopped_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE source (
  run_id TEXT NOT NULL REFERENCES run,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT;
CREATE TABLE sheet (
  sheet_id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES run,
  source TEXT NOT NULL,
  sheet TEXT NOT NULL,
  header TEXT NOT NULL                       -- JSON array
) STRICT;
CREATE TABLE row (
  row_id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  row_key TEXT NOT NULL,
  undone_by TEXT NOT NULL DEFAULT '',        -- set when its offer was deleted: the key is free again
  run_id TEXT NOT NULL REFERENCES run,       -- the run that delivers it
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  body BLOB NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  must_exist INTEGER NOT NULL DEFAULT 0,     -- 2xx without ids: never sent again
  last_sent_at REAL,
  instance_id TEXT NOT NULL DEFAULT '',
  at_id TEXT NOT NULL DEFAULT '',
  etag TEXT NOT NULL DEFAULT '',
  http_status INTEGER,
  code TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  finished_at REAL,
  UNIQUE (target, row_key, undone_by)
) STRICT;
CREATE INDEX row_by_run ON row (run_id, state, row_id);
CREATE INDEX row_by_name ON row (target, name);
CREATE INDEX row_by_id ON row (target, instance_id) WHERE instance_id <> '';
CREATE TABLE line (
  line_id INTEGER PRIMARY KEY,               -- in the order of the sources
  run_id TEXT NOT NULL REFERENCES run,
  sheet_id INTEGER NOT NULL REFERENCES sheet,
  row_number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  cells TEXT NOT NULL,                       -- JSON array, as read
  errors TEXT NOT NULL DEFAULT '[]',         -- JSON array of row errors
  row_id INTEGER REFERENCES row,
  UNIQUE (sheet_id, row_number)
) STRICT;
CREATE INDEX line_by_run ON line (run_id, line_id);
CREATE INDEX line_by_row ON line (row_id);
CREATE TABLE attempt (                        -- append-only
  attempt_id INTEGER PRIMARY KEY,
  row_id INTEGER NOT NULL REFERENCES row,
  run_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at REAL NOT NULL
) STRICT;
CREATE TABLE move (                           -- append-only: every event after an attempt began
  move_id INTEGER PRIMARY KEY,
  row_id INTEGER NOT NULL REFERENCES row,
  at REAL NOT NULL,
  event TEXT NOT NULL,
  http_status INTEGER,
  code TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE TABLE baseline (                       -- ids that bore the row's name before it was sent
  row_id INTEGER NOT NULL REFERENCES row,
  remote_id TEXT NOT NULL,
  PRIMARY KEY (row_id, remote_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE deletion (                       -- undo: the intent first, then what became of it
  row_id INTEGER PRIMARY KEY REFERENCES row,
  run_id TEXT NOT NULL,
  state TEXT NOT NULL,                       -- deleting, deleted, gone, kept
  reason TEXT NOT NULL DEFAULT '',
  at REAL NOT NULL
) STRICT;
