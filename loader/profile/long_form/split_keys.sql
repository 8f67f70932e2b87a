-- The keys of one source, each with its first row and the first of its second group.

-- name: create
CREATE TABLE key (
  sheet TEXT, digest BLOB, first INTEGER, again INTEGER, is_long INTEGER,
  PRIMARY KEY (sheet, digest)
) WITHOUT ROWID

-- name: add
INSERT INTO key VALUES (?1, ?2, ?3, NULL, NULL) ON CONFLICT DO UPDATE SET
  again = coalesce(again, ?3), is_long = coalesce(is_long, ?4)

-- name: forget_single
DELETE FROM key WHERE again IS NULL

-- name: any
SELECT 1 FROM key

-- name: find
SELECT first, again, is_long FROM key WHERE sheet = ? AND digest = ?
