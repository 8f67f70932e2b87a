-- The state of the sandbox: what the repository holds, and which tokens were given out.
-- Times are whole microseconds since 1970; `body` is the instance as JSON, in its own dialect.
CREATE TABLE IF NOT EXISTS entity (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  dialect      TEXT NOT NULL,
  kind         TEXT NOT NULL,
  sandbox      TEXT NOT NULL,
  id           TEXT NOT NULL,
  instance_id  TEXT NOT NULL,
  name         TEXT NOT NULL,
  etag         INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  modified     INTEGER NOT NULL,
  client       TEXT NOT NULL,
  body         BLOB NOT NULL,
  UNIQUE (sandbox, dialect, id)
);
CREATE INDEX IF NOT EXISTS entity_name ON entity (name);
CREATE INDEX IF NOT EXISTS entity_instance ON entity (instance_id);
CREATE INDEX IF NOT EXISTS entity_kind ON entity (kind);

-- What an entity was until it was changed or removed: reads that lag behind writes show it.
CREATE TABLE IF NOT EXISTS past (
  seq          INTEGER NOT NULL,
  dialect      TEXT NOT NULL,
  kind         TEXT NOT NULL,
  sandbox      TEXT NOT NULL,
  id           TEXT NOT NULL,
  instance_id  TEXT NOT NULL,
  name         TEXT NOT NULL,
  etag         INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  modified     INTEGER NOT NULL,
  client       TEXT NOT NULL,
  body         BLOB NOT NULL,
  until        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS past_instance ON past (instance_id);

CREATE TABLE IF NOT EXISTS token (
  value    TEXT PRIMARY KEY,
  expires  INTEGER NOT NULL
);
