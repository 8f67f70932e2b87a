-- The journal: what was read, what was sent, what became of it. Times are UTC seconds.
CREATE TABLE run (
  run_number INTEGER PRIMARY KEY,            -- in the order in which they began
  run_id TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  command TEXT NOT NULL,
  of_run TEXT NOT NULL DEFAULT '',           -- the run that an undo undoes, the plan that is applied
  used_by TEXT NOT NULL DEFAULT '',          -- the run that applied this plan: once
  options TEXT NOT NULL,                     -- JSON object, no secrets
  dry_run INTEGER NOT NULL DEFAULT 0,
  staged INTEGER NOT NULL DEFAULT 0,         -- 1: every source was read to its end
  started_at REAL NOT NULL,
  finished_at REAL,
  stopped_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX run_by_target ON run (target, run_number);
CREATE INDEX run_by_undone ON run (of_run) WHERE of_run <> '';
CREATE TABLE source (
  run_id TEXT NOT NULL REFERENCES run (run_id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,                      -- sha256 of its bytes
  PRIMARY KEY (run_id, position)
) STRICT;
CREATE INDEX source_by_digest ON source (digest);
CREATE TABLE sheet (
  sheet_id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES run (run_id),
  source TEXT NOT NULL,
  sheet TEXT NOT NULL,
  header TEXT NOT NULL                       -- JSON array
) STRICT;
CREATE INDEX sheet_by_run ON sheet (run_id, sheet_id);
CREATE TABLE offer (                         -- what must exist once per target
  offer_id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  kind TEXT NOT NULL,                        -- fallback-offer
  key TEXT NOT NULL,
  dry_run TEXT NOT NULL DEFAULT '',          -- the run that alone knows this offer; met N: none
  name TEXT NOT NULL,
  instance_id TEXT NOT NULL DEFAULT '',
  at_id TEXT NOT NULL DEFAULT '',            -- without an instance_id: what a reply named
  etag TEXT NOT NULL DEFAULT '',
  created_by INTEGER REFERENCES operation,   -- set when it exists
  undone_by INTEGER REFERENCES operation     -- the delete that was done: the key is free again
) STRICT;
CREATE UNIQUE INDEX offer_by_key ON offer (target, kind, key, dry_run) WHERE undone_by IS NULL;
CREATE INDEX offer_by_name ON offer (target, name);
CREATE INDEX offer_by_id ON offer (target, instance_id) WHERE instance_id <> '';
CREATE INDEX offer_by_creation ON offer (created_by) WHERE created_by IS NOT NULL;
CREATE TABLE operation (                     -- one thing to do to one offer
  operation_id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES run (run_id),  -- the run that does it
  offer_id INTEGER NOT NULL REFERENCES offer,
  operation TEXT NOT NULL,                   -- create, update, archive, delete, none
  reason TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL,
  state TEXT NOT NULL,                       -- pending, sending, done, failed, unknown
  attempts INTEGER NOT NULL DEFAULT 0,
  must_exist INTEGER NOT NULL DEFAULT 0,     -- 2xx without ids: never sent again
  last_sent_at REAL,
  http_status INTEGER,
  request_id TEXT NOT NULL DEFAULT '',       -- of the last request, for Adobe's support
  code TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  finished_at REAL
) STRICT;
CREATE INDEX operation_by_run ON operation (run_id, state, operation_id);
CREATE INDEX operation_by_offer ON operation (offer_id);
CREATE UNIQUE INDEX operation_open ON operation (offer_id)
  WHERE state <> 'done' AND state <> 'failed';  -- an IN is a temporary table in each change of one
CREATE TABLE payload (                       -- apart from `operation`, which changes often
  operation_id INTEGER PRIMARY KEY REFERENCES operation ON DELETE CASCADE,
  body BLOB,                                 -- what is sent; null: the body of the create
  before BLOB                                -- the whole remote object before the change
) STRICT;
CREATE TABLE source_row (                    -- every row of every source, once
  source_row_id INTEGER PRIMARY KEY,         -- in the order of the sources
  run_id TEXT NOT NULL REFERENCES run (run_id),
  sheet_id INTEGER NOT NULL REFERENCES sheet,
  row_number INTEGER NOT NULL,
  kind TEXT NOT NULL,                        -- primary, part, duplicate, invalid, skipped,
                                             -- unchanged, conflict, gone
  cells TEXT NOT NULL,                       -- JSON array, as read
  errors TEXT NOT NULL DEFAULT '[]',         -- JSON array of row errors
  operation_id INTEGER REFERENCES operation,
  part_of INTEGER,                           -- the number of the first row of the same offer
  UNIQUE (sheet_id, row_number)
) STRICT;
CREATE INDEX source_row_by_run ON source_row (run_id, source_row_id);
CREATE INDEX source_row_by_operation ON source_row (operation_id);
CREATE TABLE attempt (                       -- append-only: every intent to send
  attempt_id INTEGER PRIMARY KEY,
  operation_id INTEGER NOT NULL REFERENCES operation,
  run_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at REAL NOT NULL
) STRICT;
CREATE TABLE transition (                    -- append-only: every event but the intents
  transition_id INTEGER PRIMARY KEY,
  operation_id INTEGER NOT NULL REFERENCES operation,
  at REAL NOT NULL,
  event TEXT NOT NULL,
  http_status INTEGER,
  request_id TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE TABLE baseline (                      -- ids that had the offer's name before it was sent
  operation_id INTEGER NOT NULL REFERENCES operation,
  remote_id TEXT NOT NULL,
  PRIMARY KEY (operation_id, remote_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE listing (                       -- what a target listed, once for each content
  listing_id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,               -- sha256 of the entries
  entries TEXT NOT NULL                      -- JSON array of placements or tags
) STRICT;
CREATE TABLE run_listing (
  run_id TEXT NOT NULL REFERENCES run (run_id),
  kind TEXT NOT NULL,                        -- placements, tags
  listing_id INTEGER NOT NULL REFERENCES listing,
  listed_at REAL NOT NULL,
  PRIMARY KEY (run_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE object (                        -- an entity as the target had it, each content once
  object_id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,               -- sha256 of the body
  body BLOB NOT NULL                         -- canonical JSON
) STRICT;
CREATE TABLE snapshot (                      -- everything of a kind that a target had at a moment
  snapshot_id TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  kind TEXT NOT NULL,
  taken_at REAL NOT NULL,
  names TEXT NOT NULL,                       -- JSON: names of placements and tags, by id
  path TEXT NOT NULL DEFAULT ''              -- the sheet that was pulled into; '' for a plan
) STRICT;
CREATE TABLE snapshot_object (
  snapshot_id TEXT NOT NULL REFERENCES snapshot (snapshot_id),
  position INTEGER NOT NULL,
  instance_id TEXT NOT NULL,
  at_id TEXT NOT NULL,
  etag TEXT NOT NULL,
  name TEXT NOT NULL,
  folded_name TEXT NOT NULL,                 -- as a server may have kept it
  object_id INTEGER NOT NULL REFERENCES object,
  PRIMARY KEY (snapshot_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_object_by_id ON snapshot_object (snapshot_id, instance_id);
CREATE INDEX snapshot_object_by_name ON snapshot_object (snapshot_id, folded_name);
CREATE INDEX snapshot_object_by_object ON snapshot_object (object_id);
CREATE TABLE approval (                      -- append-only: who agreed to a plan
  approval_id INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL REFERENCES run (run_id),
  digest TEXT NOT NULL,                      -- of the plan that was shown
  person TEXT NOT NULL,
  at REAL NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX approval_by_plan ON approval (plan_id);
CREATE TABLE audit (                         -- append-only: what was done, by whom
  audit_id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  person TEXT NOT NULL,                      -- user@host
  event TEXT NOT NULL,                       -- begin, end, approve, resolve
  target TEXT NOT NULL,
  run_id TEXT NOT NULL,
  details TEXT NOT NULL,                     -- JSON object
  previous TEXT NOT NULL,                    -- the hash of the entry before, '' for the first
  hash TEXT NOT NULL UNIQUE                  -- sha256 of all of the above
) STRICT;
CREATE INDEX audit_by_run ON audit (run_id);
CREATE TABLE lease (                         -- who may stage and apply for a target
  target TEXT PRIMARY KEY,
  owner TEXT NOT NULL,                       -- unique for each time that it is taken
  host TEXT NOT NULL,                        -- for a person
  machine TEXT NOT NULL,                     -- where the process id means something
  pid INTEGER NOT NULL,
  since REAL NOT NULL,
  heartbeat REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (                         -- a file that an inbox took, and what became of it
  token TEXT PRIMARY KEY,
  inbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  name TEXT NOT NULL,
  claimed_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,       -- how often work on it began
  strikes INTEGER NOT NULL DEFAULT 0,        -- ... and ended without an answer
  surprises INTEGER NOT NULL DEFAULT 0,      -- ... with an unexpected exception
  looks INTEGER NOT NULL DEFAULT 0,          -- ... with the same unknown rows as before
  unknown INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'claimed',     -- claimed, ended, moved, told
  shelf TEXT NOT NULL DEFAULT '',            -- done, failed
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
CREATE TABLE outage (                        -- why a folder of an inbox waits
  inbox TEXT NOT NULL,
  folder TEXT NOT NULL,
  report TEXT NOT NULL,                      -- JSON
  PRIMARY KEY (inbox, folder)
) STRICT, WITHOUT ROWID;
