-- The same mistake in many cells.

-- name: groups
SELECT position, code, value, is_error, count(DISTINCT row_id),
  min(message), min(suggestion)
FROM finding WHERE row_id BETWEEN ? AND ?
GROUP BY is_error, code, position, value
ORDER BY is_error DESC, count(*) DESC, min(row_id) LIMIT ?

-- name: rows
SELECT DISTINCT row_id FROM finding
WHERE code = ? AND position = ? AND value = ? AND row_id BETWEEN ? AND ?
