-- The ledger of inboxes: what was claimed and what became of it. Times are UTC seconds.
CREATE TABLE claim (
  token TEXT PRIMARY KEY,
  inbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  name TEXT NOT NULL,
  claimed_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,       -- how often the loader set about it
  strikes INTEGER NOT NULL DEFAULT 0,        -- ... without coming to an answer
  surprises INTEGER NOT NULL DEFAULT 0,      -- ... and something unexpected happened
  looks INTEGER NOT NULL DEFAULT 0,          -- ... and left the same unknown rows
  unknown INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'claimed',     -- claimed, ended, moved, told
  shelf TEXT NOT NULL DEFAULT '',
  day TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '',            -- its name there
  run_id TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '',
  finished_at REAL,
  report TEXT NOT NULL DEFAULT ''            -- JSON, as in *.summary.json
) STRICT;
CREATE INDEX claim_by_state ON claim (inbox, state, claimed_at);
CREATE INDEX claim_by_outcome ON claim (inbox, folder, outcome, finished_at);
CREATE INDEX claim_by_digest ON claim (digest);
CREATE INDEX claim_by_file ON claim (report ->> '$.file') WHERE report <> '';
CREATE TABLE trouble (                       -- why a folder waits
  inbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  report TEXT NOT NULL,                      -- JSON
  PRIMARY KEY (inbox, folder)
) STRICT, WITHOUT ROWID;
