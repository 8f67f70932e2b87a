-- name: last_ids
SELECT (SELECT coalesce(max(offer_id), 0) FROM offer),
       (SELECT coalesce(max(operation_id), 0) FROM operation)

-- name: held
SELECT offer.key, operation.operation_id, operation.offer_id, operation.digest, operation.state,
       EXISTS (SELECT 1 FROM source_row
               WHERE source_row.operation_id = operation.operation_id
               AND source_row.run_id = :run_id),
       operation.run_id,
       (SELECT open.run_id FROM operation AS open WHERE open.offer_id = offer.offer_id
        AND open.operation = 'delete' AND open.state IN ('pending', 'sending', 'unknown'))
FROM offer JOIN operation USING (offer_id)
WHERE offer.target = :target AND offer.kind = :kind AND offer.dry_run = :dry_run
  AND offer.undone_by IS NULL AND operation.operation = 'create'
  AND offer.key IN (SELECT value FROM json_each(:keys))

-- name: add_offer
INSERT INTO offer (offer_id, target, kind, key, dry_run, name)
VALUES (:offer_id, :target, :kind, :key, :dry_run, :name)

-- name: add_operations
INSERT INTO operation (operation_id, run_id, offer_id, operation, digest, state)
SELECT value ->> 0, :run_id, value ->> 1, :operation, value ->> 2, :state
FROM json_each(:operations)

-- name: add_payload
INSERT INTO payload (operation_id, body) VALUES (:operation_id, :body)

-- name: adopt
UPDATE operation SET run_id = :run_id, state = :state, code = '', message = '',
  http_status = NULL, finished_at = NULL
WHERE operation_id = :operation_id

-- name: replace_body
UPDATE payload SET body = :body WHERE operation_id = :operation_id

-- name: set_digest
UPDATE operation SET digest = :digest WHERE operation_id = :operation_id

-- name: rename
UPDATE offer SET name = :name WHERE offer_id = :offer_id

-- name: add_source_row
INSERT INTO source_row
  (run_id, sheet_id, row_number, kind, cells, errors, operation_id, part_of)
VALUES (:run_id, :sheet_id, :row_number, :kind, :cells, :errors, :operation_id, :part_of)
