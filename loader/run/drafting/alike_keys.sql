-- What tells the rows of a draft apart.

-- name: keys_like
SELECT row_id, similar, key, contents, text, position, number, sheet.name, sheet.header,
  EXISTS (SELECT 1 FROM finding
    WHERE finding.row_id = row_key.row_id AND is_error AND NOT is_across) AS is_invalid
FROM row_key JOIN row USING (row_id)
JOIN sheet ON row_id BETWEEN sheet.first AND sheet.first + sheet.rows - 1
WHERE similar IN (SELECT value FROM json_each(?)) ORDER BY row_id

-- name: cells
SELECT row_id, coalesce(now, cells) FROM row WHERE row_id IN (SELECT value FROM json_each(?))

-- name: repeated
SELECT similar FROM row_key GROUP BY similar HAVING count(*) > 1

-- name: make_index
CREATE INDEX IF NOT EXISTS similar_key ON row_key (similar, row_id)

-- name: drop_index
DROP INDEX IF EXISTS similar_key

-- name: forget_all
DELETE FROM row_key

-- name: note
INSERT OR REPLACE INTO row_key VALUES (?, ?, ?, ?, ?, ?)

-- name: hashes
SELECT similar FROM row_key WHERE row_id IN (SELECT value FROM json_each(?))

-- name: forget
DELETE FROM row_key WHERE row_id IN (SELECT value FROM json_each(?))

-- name: found_across
SELECT row_id, message FROM finding WHERE is_across AND row_id IN (SELECT value FROM json_each(?))

-- name: forget_across
DELETE FROM finding WHERE is_across AND row_id IN (SELECT value FROM json_each(?))
