-- name: replaced
SELECT source_row.sheet_id, source_row.row_number, source_row.errors, source_row.part_of,
       later.source, later.sheet
FROM source_row JOIN sheet AS later ON later.sheet_id = :sheet_id
WHERE source_row.operation_id = :operation_id
  AND EXISTS (                               -- a run that was to do it
    SELECT 1 FROM source_row AS own WHERE own.operation_id = source_row.operation_id
    AND own.run_id = source_row.run_id AND own.kind = 'primary')

-- name: take_out
UPDATE source_row SET kind = :kind, errors = :errors, operation_id = NULL
WHERE sheet_id = :sheet_id AND row_number = :row_number
