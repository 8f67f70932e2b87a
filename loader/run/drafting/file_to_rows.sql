-- The rows of a file on their way into a draft.

-- name: add_sheet
INSERT INTO sheet (name, header, header_row, first, rows) VALUES (?, ?, ?, ?, 0)

-- name: add_row
INSERT INTO row (row_id, number, cells, kinds, problems) VALUES (?, ?, ?, ?, ?)

-- name: set_rows
UPDATE sheet SET rows = ? WHERE sheet_id = ?

-- name: forget_rows
DELETE FROM row

-- name: forget_sheets
DELETE FROM sheet

-- name: forget_cells
DELETE FROM cell

-- name: forget_steps
DELETE FROM step

-- name: forget_edits
DELETE FROM edit
