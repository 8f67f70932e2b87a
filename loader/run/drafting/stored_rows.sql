-- The rows of a draft, read like a file.

-- name: sheets
SELECT sheet_id, name, header, header_row, first, rows FROM sheet

-- name: number
SELECT number FROM row WHERE row_id = ?

-- name: ids
SELECT number, row_id FROM row WHERE row_id BETWEEN ? AND ? AND number BETWEEN ? AND ?

-- name: rows
SELECT row_id, number, cells, kinds, problems FROM row WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id

-- name: edits
SELECT row_id, position, text FROM cell WHERE row_id IN (SELECT value FROM json_each(?))

-- name: all_edits
SELECT sheet.name, number, position, text FROM cell JOIN row USING (row_id)
JOIN sheet ON row_id BETWEEN sheet.first AND sheet.first + sheet.rows - 1
