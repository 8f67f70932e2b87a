-- name: place
SELECT sheet.source, sheet.sheet, source_row.row_number, source_row.run_id, source_row.cells,
  sheet.header, own.header, run.options,
  (SELECT options FROM run WHERE run_id = :own_run)
FROM source_row JOIN sheet USING (sheet_id) JOIN operation USING (operation_id)
JOIN run ON run.run_id = source_row.run_id JOIN sheet AS own ON own.sheet_id = :own_sheet
WHERE source_row.operation_id = :operation_id AND source_row.part_of IS NULL
ORDER BY source_row.run_id = operation.run_id AND source_row.kind = 'primary' DESC,
  source_row.source_row_id DESC LIMIT 1

-- name: remote_id
SELECT instance_id FROM offer WHERE offer_id = :offer_id

-- name: body
SELECT body FROM payload WHERE operation_id = :operation_id

-- name: undo_of
SELECT CASE command WHEN 'undo' THEN of_run ELSE '' END FROM run WHERE run_id = :run_id
