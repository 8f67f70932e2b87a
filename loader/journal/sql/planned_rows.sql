-- name: offer_by_id
-- Not the offer of a row that has only met it: that one is looked for by the name of the row.
SELECT offer.offer_id, open.run_id, open.operation,
       CASE run.command WHEN 'undo' THEN run.of_run ELSE '' END
FROM offer
LEFT JOIN operation AS open ON open.offer_id = offer.offer_id
  AND open.state IN ('pending', 'sending', 'unknown')
LEFT JOIN run ON run.run_id = open.run_id
WHERE offer.target = :target AND offer.kind = :kind AND offer.dry_run = :dry_run
  AND offer.undone_by IS NULL AND offer.instance_id = :instance_id AND offer.instance_id <> ''
  AND (offer.created_by IS NOT NULL OR offer.key = :key)
ORDER BY offer.offer_id LIMIT 1

-- name: add_offer
INSERT INTO offer (target, kind, key, dry_run, name, instance_id, at_id, etag)
VALUES (:target, :kind, :key, :dry_run, :name, :instance_id, :at_id, :etag)
RETURNING offer_id

-- name: see_offer
-- The etag of an offer that a run created is that of our last change: others are told by it.
UPDATE offer SET name = :name, etag = CASE WHEN created_by IS NULL THEN :etag ELSE etag END
WHERE offer_id = :offer_id

-- name: add_operation
INSERT INTO operation (run_id, offer_id, operation, reason, digest, state, code, message)
VALUES (:run_id, :offer_id, :operation, :reason, :digest, :state, :code, :message)
RETURNING operation_id

-- name: add_payload
INSERT INTO payload (operation_id, body, before) VALUES (:operation_id, :body, :before)
