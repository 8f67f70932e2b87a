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
        AND open.operation = 'delete' AND open.state IN ('pending', 'sending', 'unknown')),
       operation.state = 'failed' AND offer.created_by IS NULL AND offer.instance_id <> ''
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
INSERT INTO payload (operation_id, body, before) VALUES (:operation_id, :body, :before)

-- name: is_gone
-- No run has to do with the offer that a plan proved to be gone.
SELECT 1 FROM offer WHERE offer_id = :offer_id AND instance_id = :remote_id AND undone_by IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM operation AS open WHERE open.offer_id = offer.offer_id
    AND open.state IN ('pending', 'sending', 'unknown'))

-- name: let_go
-- Of an offer that is somebody else's: no run finds it by its key any more, as those of dry runs.
UPDATE offer SET dry_run = 'met ' || offer_id WHERE offer_id = :offer_id

-- name: adopt
-- What the reply to an unknown one was is kept: it says what must be there.
UPDATE operation SET run_id = :run_id, state = :state, finished_at = NULL,
  code = CASE WHEN :state = 'pending' THEN '' ELSE code END,
  message = CASE WHEN :state = 'pending' THEN '' ELSE message END,
  http_status = CASE WHEN :state = 'pending' THEN NULL ELSE http_status END
WHERE operation_id = :operation_id

-- name: replace_body
UPDATE payload SET body = :body WHERE operation_id = :operation_id

-- name: set_digest
UPDATE operation SET digest = :digest WHERE operation_id = :operation_id

-- name: rename
UPDATE offer SET name = :name WHERE offer_id = :offer_id AND name <> :name

-- name: forget_ids
-- Those that the reply to an earlier request named.
UPDATE offer SET instance_id = '', at_id = '', etag = ''
WHERE offer_id = :offer_id AND created_by IS NULL

-- name: add_source_row
INSERT INTO source_row
  (run_id, sheet_id, row_number, kind, cells, errors, operation_id, part_of)
VALUES (:run_id, :sheet_id, :row_number, :kind, :cells, :errors, :operation_id, :part_of)

-- name: change_source_row
UPDATE source_row SET kind = :kind, errors = :errors, operation_id = :operation_id
WHERE sheet_id = :sheet_id AND row_number = :row_number
