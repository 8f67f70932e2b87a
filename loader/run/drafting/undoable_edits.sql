-- What a person does to the cells of a draft.

-- name: last_done
SELECT step_id, words FROM step WHERE state = 'done' AND who = ? ORDER BY step_id DESC LIMIT 1

-- name: first_undone
SELECT step_id, words FROM step WHERE state = 'undone' AND who = ? ORDER BY step_id LIMIT 1

-- name: drop_undone
UPDATE step SET state = 'dropped' WHERE state = 'undone' AND who = ?

-- name: add
INSERT INTO step (words, at, who, state) VALUES (?, ?, ?, 'done')

-- name: set_state
UPDATE step SET state = ? WHERE step_id = ?

-- name: add_edit
INSERT INTO edit VALUES (?, ?, ?, ?, ?)

-- name: edits
SELECT row_id, position, old, new FROM edit WHERE step_id = ?

-- name: set_cell
INSERT OR REPLACE INTO cell (row_id, position, text) VALUES (?, ?, ?)

-- name: reset_cell
DELETE FROM cell WHERE row_id = ? AND position = ?

-- name: read
SELECT row_id, cells FROM row WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id

-- name: edited_cells
SELECT row_id, position, text FROM cell WHERE row_id IN (SELECT value FROM json_each(?))

-- name: write_row
UPDATE row SET now = ?, revision = ? WHERE row_id = ?
