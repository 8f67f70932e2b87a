-- name: due
SELECT operation_id, operation, key, name, digest, body, attempts, remote_id, etag, before FROM job
WHERE run_id = :run_id AND state = 'pending' AND operation_id > :after
  AND target = :target AND dry_run = '' AND (:only = '' OR operation = :only)
ORDER BY operation_id LIMIT :limit

-- name: unknown
SELECT operation_id, operation, key, name, digest, body, attempts, remote_id, etag, before,
       last_sent_at, must_exist,
       (SELECT CASE WHEN message LIKE 'HTTP %' THEN message ELSE '' END
        FROM operation WHERE operation.operation_id = job.operation_id) AS answer,
       (SELECT CASE WHEN instance_id = '' THEN at_id ELSE '' END
        FROM operation JOIN offer USING (offer_id)
        WHERE operation.operation_id = job.operation_id) AS named_id,
       (SELECT code <> 'name-refused'
        FROM operation WHERE operation.operation_id = job.operation_id) AS had_no_reply
FROM job
WHERE run_id = :run_id AND state = 'unknown' AND operation_id > :after
  AND (:only = '' OR operation = :only)
ORDER BY operation_id LIMIT :limit

-- name: sent_without_reply
SELECT DISTINCT operation_id FROM transition
WHERE event = :event AND code <> 'name-refused' AND operation_id IN (
    SELECT operation_id FROM operation WHERE run_id = :run_id AND state = 'pending' AND attempts > 0)

-- name: present
SELECT operation_id, state, operation FROM operation
WHERE operation_id IN (SELECT value FROM json_each(:ids))

-- name: intend
UPDATE operation SET state = :after, attempts = attempts + 1, last_sent_at = :now
WHERE operation_id IN (SELECT value FROM json_each(:ids)) AND state = :before

-- name: add_attempts
INSERT INTO attempt (operation_id, run_id, number, started_at)
SELECT operation_id, :run_id, attempts, :now FROM operation
WHERE operation_id IN (SELECT value FROM json_each(:ids))

-- name: advance
UPDATE operation
SET state = :after, attempts = attempts - :unsent,
    http_status = coalesce(:http_status, http_status),
    request_id = CASE WHEN :request_id = '' THEN request_id ELSE :request_id END, code = :code,
    message = :message, finished_at = :finished_at,
    last_sent_at = coalesce(:last_sent_at, last_sent_at),
    must_exist = CASE WHEN :must_exist = 1 THEN 1 ELSE must_exist END
WHERE operation_id = :operation_id AND state = :before

-- name: add_transition
INSERT INTO transition (operation_id, at, event, http_status, request_id, code, message)
VALUES (:operation_id, :now, :event, :http_status, :request_id, :code, :message)

-- name: identify
UPDATE offer
SET instance_id = coalesce(:instance_id, instance_id), at_id = coalesce(:at_id, at_id),
    etag = coalesce(:etag, etag), created_by = coalesce(:created_by, created_by)
WHERE offer_id = (SELECT offer_id FROM operation WHERE operation_id = :operation_id)

-- name: rename
UPDATE offer SET name = :name
WHERE offer_id = (SELECT offer_id FROM operation WHERE operation_id = :operation_id)

-- name: body
SELECT body FROM payload WHERE operation_id = :operation_id

-- name: free_key
-- Also of the rows that were skipped because that offer was there: they have offers of their own.
UPDATE offer SET undone_by = :operation_id
WHERE offer_id IN (
  SELECT offer_id FROM operation WHERE operation_id = :operation_id
  UNION ALL
  SELECT met.offer_id FROM operation JOIN offer AS gone USING (offer_id)
  JOIN offer AS met ON met.target = gone.target AND met.instance_id = gone.instance_id
  JOIN operation AS skipped ON skipped.offer_id = met.offer_id
  WHERE operation.operation_id = :operation_id
    AND met.instance_id <> '' AND met.created_by IS NULL AND met.undone_by IS NULL
    AND skipped.operation = 'create' AND skipped.state = 'failed')

-- name: mark_duplicate
-- Also the rows of earlier runs, of which this one went on with the operation.
UPDATE source_row SET kind = 'duplicate' WHERE operation_id = :operation_id

-- name: sending
SELECT operation_id FROM operation JOIN offer USING (offer_id)
WHERE operation.state = 'sending' AND offer.target = :target

-- name: baseline
SELECT remote_id FROM baseline WHERE operation_id = :operation_id

-- name: claimed
SELECT instance_id, name FROM offer
WHERE target = :target AND created_by IS NOT NULL AND instance_id <> ''
  AND instance_id IN (SELECT value FROM json_each(:ids))

-- name: names_of_rows
SELECT DISTINCT name FROM offer
WHERE target = :target AND dry_run = '' AND name IN (SELECT value FROM json_each(:names))

-- name: latest_done
SELECT offer.instance_id FROM operation JOIN offer ON offer.created_by = operation.operation_id
WHERE operation.run_id = :run_id AND operation.state = 'done' AND offer.undone_by IS NULL
  AND offer.instance_id <> '' AND operation.finished_at <= :before
ORDER BY operation.operation_id DESC LIMIT 1

-- name: newest_not_undone
-- By the latest sends, as far as that is read: a resume sends earlier operations after later ones.
SELECT coalesce((
  SELECT instance_id
  FROM (SELECT attempt_id, operation_id FROM attempt ORDER BY attempt_id DESC LIMIT 20000) AS sent
  CROSS JOIN offer
  WHERE offer.created_by = sent.operation_id AND target = :target AND undone_by IS NULL
    AND instance_id <> ''
  ORDER BY attempt_id DESC LIMIT 1), (
  SELECT instance_id FROM offer INDEXED BY offer_by_creation
  WHERE target = :target AND created_by IS NOT NULL AND undone_by IS NULL AND instance_id <> ''
  ORDER BY created_by DESC LIMIT 1))

-- name: forget_baseline
DELETE FROM baseline WHERE operation_id IN
  (SELECT operation_id FROM operation WHERE run_id = :run_id AND state = 'pending')

-- name: mark_existing
-- An offer that was deleted long ago, and is listed, is there.
INSERT INTO baseline (operation_id, remote_id)
SELECT operation_id, :remote_id FROM offer JOIN operation USING (offer_id)
WHERE offer.target = :target AND offer.name = :name AND operation.run_id = :run_id
  AND operation.state = 'pending' AND operation.operation = 'create'
  AND NOT EXISTS (
    SELECT 1 FROM offer AS own WHERE own.target = :target AND own.created_by IS NOT NULL
    AND own.instance_id <> '' AND own.instance_id = :remote_id AND own.name = :name
    AND NOT EXISTS (
      SELECT 1 FROM operation AS gone WHERE gone.operation_id = own.undone_by
      AND gone.operation = 'delete' AND gone.finished_at <= :deleted_before))
ON CONFLICT DO NOTHING

-- name: existing
SELECT operation_id, operation, key, name, digest, body, attempts, remote_id, etag, before,
  existing_id
FROM (
  SELECT job.*, (
    SELECT min(baseline.remote_id) FROM baseline
    WHERE baseline.operation_id = job.operation_id AND NOT EXISTS (
      SELECT 1 FROM offer AS own WHERE own.target = :target AND own.created_by IS NOT NULL
      AND own.instance_id <> '' AND own.instance_id = baseline.remote_id
      AND (own.undone_by IS NOT NULL OR EXISTS (
        SELECT 1 FROM source_row
        WHERE source_row.operation_id = own.created_by AND source_row.run_id = :run_id))
      AND NOT EXISTS (
        SELECT 1 FROM operation AS gone WHERE gone.operation_id = own.undone_by
        AND gone.operation = 'delete' AND gone.finished_at <= :deleted_before))
    ) AS existing_id
  FROM job WHERE run_id = :run_id AND state = 'pending' AND operation_id > :after) AS candidate
WHERE existing_id IS NOT NULL ORDER BY operation_id LIMIT :limit
