-- name: offer_by_id
-- Not the offer of a row that has only met it: that one is looked for by the name of the row.
SELECT offer_id, EXISTS (
  SELECT 1 FROM operation WHERE operation.offer_id = offer.offer_id
  AND operation.state IN ('pending', 'sending', 'unknown')) AS is_open,
  (SELECT run_id FROM operation WHERE operation.offer_id = offer.offer_id
   AND operation.state IN ('pending', 'sending', 'unknown')) AS run_id
FROM offer
WHERE target = :target AND kind = :kind AND dry_run = :dry_run AND undone_by IS NULL
  AND instance_id = :instance_id AND instance_id <> ''
  AND (created_by IS NOT NULL OR key = :key)
ORDER BY offer_id LIMIT 1

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
