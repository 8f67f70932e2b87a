-- Format 2: what the target listed when names were looked up, once per content, and by which run.
CREATE TABLE listing (
  listing_id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,               -- sha256 of the entries
  entries TEXT NOT NULL                      -- JSON array of placements or tags
) STRICT;
CREATE TABLE run_listing (
  run_id TEXT NOT NULL REFERENCES run,
  kind TEXT NOT NULL,                        -- placements, tags
  listing_id INTEGER NOT NULL REFERENCES listing,
  listed_at REAL NOT NULL,
  PRIMARY KEY (run_id, kind)
) STRICT, WITHOUT ROWID;
