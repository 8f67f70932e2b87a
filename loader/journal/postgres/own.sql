-- Statements that PostgreSQL needs in words of its own, under FILE__NAME as in journal/sql.
-- name: runs__run_of_claim
SELECT run.run_id, (
  SELECT undo.run_id FROM run AS undo WHERE undo.of_run = run.run_id AND undo.command = 'undo'
  ORDER BY undo.run_number DESC LIMIT 1)
FROM run JOIN source USING (run_id)
WHERE target = :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND CAST(run.options AS jsonb) - 'drop' = CAST(:options AS jsonb)
  AND CAST(run.options AS jsonb) ->> 'drop' = :token
ORDER BY run.run_number DESC LIMIT 1

-- name: runs__of_claim_elsewhere
SELECT run.run_id, run.target FROM run JOIN source USING (run_id)
WHERE target <> :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND CAST(run.options AS jsonb) ->> 'drop' = :token
ORDER BY run.run_number DESC

-- name: runs__finished_run_of
SELECT run.run_id FROM run JOIN source USING (run_id)
WHERE target = :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND CAST(run.options AS jsonb) - 'drop' = CAST(:options AS jsonb)
  AND finished_at IS NOT NULL AND stopped_reason = ''
  AND 1 = (SELECT count(*) FROM source AS each WHERE each.run_id = run.run_id)
  AND EXISTS (SELECT 1 FROM result WHERE result.run_id = run.run_id)
  AND NOT EXISTS (
    SELECT 1 FROM result WHERE result.run_id = run.run_id
    AND (status IN ('invalid', 'undone') OR (kind = 'primary' AND status <> 'created')
         OR EXISTS (                         -- its offer is gone, or a run deletes it
           SELECT 1 FROM operation JOIN offer USING (offer_id)
           WHERE operation.operation_id = result.operation_id
             AND (offer.undone_by IS NOT NULL OR EXISTS (
               SELECT 1 FROM operation AS open WHERE open.offer_id = offer.offer_id
               AND open.operation = 'delete'
               AND open.state IN ('pending', 'sending', 'unknown'))))))
ORDER BY run.run_number LIMIT 1

-- name: claims__earlier
SELECT report FROM claim
WHERE inbox = :inbox AND folder = :folder AND digest = :digest AND token <> :token
  AND outcome IN (SELECT value FROM json_each(:outcomes))
  AND NOT EXISTS (
    SELECT 1 FROM run AS undo WHERE undo.of_run = claim.run_id AND undo.command = 'undo')
  AND NOT EXISTS (
    SELECT 1 FROM run AS its JOIN run AS asked ON its.target <> asked.target
      OR CAST(its.options AS jsonb) - 'drop' <> CAST(asked.options AS jsonb) - 'drop'
    WHERE its.run_id = claim.run_id AND asked.run_id = :run_id)
ORDER BY finished_at LIMIT 1

-- name: claims__of_file
SELECT report FROM claim WHERE report <> '' AND CAST(report AS json) ->> 'file' = :file
ORDER BY finished_at DESC NULLS LAST LIMIT 1

-- name: history__errors
SELECT source, error FROM (
  SELECT source_row_id, nth, source, CAST(error AS text) AS error
  FROM result, json_array_elements(CAST(errors AS json)) WITH ORDINALITY AS found (error, nth)
  WHERE run_id = :run_id AND errors <> '[]'
  UNION ALL
  SELECT source_row_id, 0, source, CAST(json_build_object('row_number', row_number, 'column', '',
    'cell', '', 'code', code, 'message', message, 'severity', 'error') AS text) FROM result
  WHERE run_id = :run_id AND kind = 'primary' AND status IN ('failed', 'unknown') AND code <> ''
) AS every ORDER BY source_row_id, nth

-- name: transitions__present
SELECT operation_id, state, operation FROM operation
WHERE operation_id IN (
  SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json)))

-- name: transitions__intend
-- The attempts are added, too. The state is compared with a column, not with a value: a value would
-- be looked up in the index of states, which finds everything that is pending.
WITH wanted AS MATERIALIZED (
  SELECT CAST(value AS bigint) AS operation_id, CAST(:before AS text) AS before
  FROM json_array_elements_text(CAST(:ids AS json))),
intended AS (
  UPDATE operation SET state = :after, attempts = attempts + 1, last_sent_at = :now
  FROM wanted WHERE operation.operation_id = wanted.operation_id AND operation.state = wanted.before
  RETURNING operation.operation_id, run_id, attempts)
INSERT INTO attempt (operation_id, run_id, number, started_at)
SELECT operation_id, :run_id, attempts, :now FROM intended

-- name: transitions__add_attempts
-- Nothing is left to do: `intend` adds them.
SELECT

-- name: runs__forget_operations
WITH forgotten AS (
  DELETE FROM operation WHERE run_id = :run_id AND state = 'pending' AND last_sent_at IS NULL
    AND operation = 'create'
    AND NOT EXISTS (SELECT 1 FROM source_row
                    WHERE source_row.operation_id = operation.operation_id)
    AND NOT EXISTS (SELECT 1 FROM baseline WHERE baseline.operation_id = operation.operation_id)
  RETURNING operation_id)
DELETE FROM payload WHERE operation_id IN (SELECT operation_id FROM forgotten)

-- name: planned_rows__add_offer
INSERT INTO offer (offer_id, target, kind, key, dry_run, name, instance_id, at_id, etag)
SELECT coalesce(max(offer_id), 0) + 1, :target, :kind, :key, :dry_run, :name, :instance_id, :at_id,
       :etag
FROM offer
RETURNING offer_id

-- name: planned_rows__add_operation
INSERT INTO operation
  (operation_id, run_id, offer_id, operation, reason, digest, state, code, message)
SELECT coalesce(max(operation_id), 0) + 1, :run_id, :offer_id, :operation, :reason, :digest,
       :state, :code, :message
FROM operation
RETURNING operation_id

-- name: key_resolver__add_operations
INSERT INTO operation (operation_id, run_id, offer_id, operation, digest, state)
SELECT CAST(value ->> 0 AS bigint), :run_id, CAST(value ->> 1 AS bigint), :operation, value ->> 2,
       :state
FROM json_array_elements(CAST(:operations AS json))

-- name: undo__left
-- One look into each index for each row, whatever the statistics of the tables say (OFFSET 0).
SELECT sent.run_id, (
  SELECT undo.run_id FROM run AS undo WHERE undo.of_run = sent.run_id
  AND undo.of_run <> '' AND undo.command = 'undo' ORDER BY undo.run_number DESC LIMIT 1)
FROM (
  SELECT operation_id FROM source_row WHERE run_id = :run_id AND kind = 'primary'
  OFFSET 0) AS of_row
CROSS JOIN LATERAL (
  SELECT each.* FROM operation AS each WHERE each.operation_id = of_row.operation_id
  OFFSET 0) AS sent
LEFT JOIN LATERAL (
  SELECT each.* FROM offer AS each WHERE each.created_by = sent.operation_id
  OFFSET 0) AS offer ON sent.state = 'done'
WHERE (:only_own = 0 OR sent.run_id = :run_id) AND (sent.state IN ('sending', 'unknown')
  OR (offer.offer_id IS NOT NULL AND offer.undone_by IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM operation AS kept WHERE kept.offer_id = offer.offer_id
        AND kept.operation = 'delete' AND kept.state = 'failed' AND kept.code = :edited
        AND sent.run_id = (SELECT undo.of_run FROM run AS undo WHERE undo.run_id = kept.run_id)
        OFFSET 0)))
LIMIT 1

-- name: undo__add_operations
INSERT INTO operation (operation_id, run_id, offer_id, operation, reason, digest, state)
SELECT (SELECT coalesce(max(operation_id), 0) FROM operation)
         + row_number() OVER (ORDER BY creation.operation_id),
       :undo_id, offer.offer_id, 'delete', 'undo of run ' || :run_id, creation.digest, :pending
FROM operation AS creation JOIN offer ON offer.created_by = creation.operation_id
WHERE creation.run_id = :run_id AND offer.undone_by IS NULL AND offer.instance_id <> ''
  AND NOT EXISTS (
    SELECT 1 FROM operation AS other WHERE other.offer_id = offer.offer_id
    AND other.state IN ('pending', 'sending', 'unknown'))
ORDER BY creation.operation_id

-- name: audit__add
INSERT INTO audit (audit_id, at, person, event, target, run_id, details, previous, hash)
SELECT coalesce(max(audit_id), 0) + 1, :at, :person, :event, :target, :run_id, :details, :previous,
       :hash
FROM audit

-- name: key_resolver__held
-- One look into each index for each key, whatever the statistics of the tables say (OFFSET 0).
SELECT offer.key, operation.operation_id, operation.offer_id, operation.digest, operation.state,
       EXISTS (SELECT 1 FROM source_row
               WHERE source_row.operation_id = operation.operation_id
               AND source_row.run_id = :run_id),
       operation.run_id,
       (SELECT open.run_id FROM operation AS open WHERE open.offer_id = offer.offer_id
        AND open.operation = 'delete' AND open.state IN ('pending', 'sending', 'unknown')),
       operation.state = 'failed' AND offer.created_by IS NULL AND offer.instance_id <> ''
FROM json_array_elements_text(CAST(:keys AS json)) AS wanted (key)
CROSS JOIN LATERAL (
  SELECT offer.offer_id, offer.key, offer.created_by, offer.instance_id FROM offer
  WHERE offer.target = :target AND offer.kind = :kind AND offer.dry_run = :dry_run
    AND offer.undone_by IS NULL AND offer.key = wanted.key OFFSET 0) AS offer
CROSS JOIN LATERAL (
  SELECT each.* FROM operation AS each
  WHERE each.offer_id = offer.offer_id AND each.operation = 'create' OFFSET 0) AS operation

-- name: transitions__newest_not_undone
-- One look into the index of creations for each attempt, whatever the statistics say (OFFSET 0).
SELECT coalesce((
  SELECT offer.instance_id
  FROM (SELECT attempt_id, operation_id FROM attempt ORDER BY attempt_id DESC LIMIT 20000) AS sent
  CROSS JOIN LATERAL (
    SELECT each.* FROM offer AS each WHERE each.created_by = sent.operation_id OFFSET 0) AS offer
  WHERE offer.target = :target AND offer.undone_by IS NULL AND offer.instance_id <> ''
  ORDER BY sent.attempt_id DESC LIMIT 1), (
  SELECT instance_id FROM offer
  WHERE target = :target AND created_by IS NOT NULL AND undone_by IS NULL AND instance_id <> ''
  ORDER BY created_by DESC LIMIT 1))

-- name: transitions__claimed
SELECT offer.instance_id, offer.name
FROM json_array_elements_text(CAST(:ids AS json)) AS wanted (id)
CROSS JOIN LATERAL (
  SELECT each.instance_id, each.name FROM offer AS each
  WHERE each.target = :target AND each.created_by IS NOT NULL AND each.instance_id <> ''
    AND each.instance_id = wanted.id OFFSET 0) AS offer

-- name: lease__holder
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease
WHERE target = :target AND owner <> ''

-- name: lease__holders
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease
WHERE owner <> '' ORDER BY target

-- name: lease__release
-- The machine stays known: the next owner may have another clock.
UPDATE lease SET owner = '' WHERE target = :target AND owner = :owner
