-- name: use
UPDATE run SET used_by = :run_id WHERE run_id = :plan_id AND used_by = ''
RETURNING target

-- name: used_by
SELECT used_by FROM run WHERE run_id = :plan_id

-- name: copy_sources
INSERT INTO source (run_id, position, path, digest)
SELECT :run_id, position, path, digest FROM source WHERE run_id = :plan_id

-- name: sheets
SELECT sheet_id, source, sheet, header FROM sheet WHERE run_id = :plan_id ORDER BY sheet_id

-- name: rows
SELECT source_row.source_row_id, source_row.row_number, source_row.kind, source_row.cells,
       source_row.errors, source_row.part_of, operation.operation, operation.reason,
       operation.digest, payload.body, payload.before, offer.key, offer.name,
       offer.instance_id, offer.at_id, offer.etag
FROM source_row LEFT JOIN operation USING (operation_id)
LEFT JOIN payload USING (operation_id) LEFT JOIN offer USING (offer_id)
WHERE source_row.sheet_id = :sheet_id AND source_row.source_row_id > :after
ORDER BY source_row.source_row_id LIMIT :limit
