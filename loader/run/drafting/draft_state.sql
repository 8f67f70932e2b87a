-- Counts of a draft, and what a person can undo.

-- name: wrong_rows
SELECT count(*) FROM row WHERE errors > 0

-- name: wrong_of_sheet
SELECT count(*) FROM row WHERE errors > 0 AND row_id BETWEEN ? AND ?

-- name: errors
SELECT count(*) FROM finding WHERE is_error = 1

-- name: warnings
SELECT count(*) FROM finding WHERE is_error = 0

-- name: edited
SELECT count(*) FROM cell WHERE position >= 0

-- name: undo
SELECT words FROM step WHERE state = 'done' AND who = ? ORDER BY step_id DESC LIMIT 1

-- name: redo
SELECT words FROM step WHERE state = 'undone' AND who = ? ORDER BY step_id LIMIT 1
