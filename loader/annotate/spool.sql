-- The errors of one source.

-- name: create
CREATE TABLE error (sheet TEXT, row INTEGER, error TEXT)

-- name: create_index
CREATE INDEX error_by_row ON error (sheet, row)

-- name: add
INSERT INTO error VALUES (?, ?, ?)

-- name: between
SELECT row, error FROM error WHERE sheet = ? AND row BETWEEN ? AND ? ORDER BY rowid

-- name: every
SELECT sheet, error FROM error ORDER BY rowid

-- name: count
SELECT count(*) FROM error
