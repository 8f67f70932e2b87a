-- What is wrong with the rows of a draft.

-- name: add
INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: count
UPDATE row SET
  errors = (SELECT count(*) FROM finding f WHERE f.row_id = row.row_id AND f.is_error),
  warnings = (SELECT count(*) FROM finding f WHERE f.row_id = row.row_id AND NOT f.is_error)
WHERE row_id IN (SELECT value FROM json_each(?))

-- name: count_none
UPDATE row SET errors = 0, warnings = 0 WHERE errors OR warnings

-- name: forget
DELETE FROM finding WHERE row_id IN (SELECT value FROM json_each(?))

-- name: forget_all
DELETE FROM finding
