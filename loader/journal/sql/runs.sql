-- name: has_run
SELECT 1 FROM run WHERE run_id = :run_id

-- name: add_run
INSERT INTO run (run_id, target, command, of_run, options, dry_run, staged, started_at)
VALUES (:run_id, :target, :command, :of_run, :options, :dry_run, :staged, :now)

-- name: add_source
INSERT INTO source (run_id, position, path, digest) VALUES (:run_id, :position, :path, :digest)

-- name: latest_load
SELECT run_id, finished_at, stopped_reason, options, EXISTS (
  SELECT 1 FROM run AS undo WHERE undo.of_run = run.run_id AND undo.command = 'undo') FROM run
WHERE target = :target AND dry_run = 0 AND command = 'load' ORDER BY run_number DESC LIMIT 1

-- name: sources
SELECT path, digest FROM source WHERE run_id = :run_id ORDER BY position

-- name: latest_of_path
SELECT run.run_id, source.digest FROM source JOIN run USING (run_id)
WHERE run.target = :target AND run.dry_run = 0 AND run.command = 'load' AND source.path = :path
ORDER BY run.run_number DESC LIMIT 1

-- name: run_of_claim
SELECT run.run_id, (
  SELECT undo.run_id FROM run AS undo WHERE undo.of_run = run.run_id AND undo.command = 'undo'
  ORDER BY undo.run_number DESC LIMIT 1)
FROM run JOIN source USING (run_id)
WHERE target = :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND json_remove(run.options, '$.drop') = :options AND run.options ->> '$.drop' = :token
ORDER BY run.run_number DESC LIMIT 1

-- name: of_claim_elsewhere
SELECT run.run_id, run.target FROM run JOIN source USING (run_id)
WHERE target <> :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND run.options ->> '$.drop' = :token
ORDER BY run.run_number DESC

-- name: finished_run_of
SELECT run.run_id FROM run JOIN source USING (run_id)
WHERE target = :target AND dry_run = 0 AND command = 'load' AND source.digest = :digest
  AND json_remove(run.options, '$.drop') = :options
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

-- name: finish_staging
UPDATE run SET staged = 1 WHERE run_id = :run_id

-- name: await_agreement
UPDATE run SET stopped_reason = :reason WHERE run_id = :run_id
  AND EXISTS (SELECT 1 FROM operation WHERE run_id = :run_id AND state = 'pending')

-- name: begin_sending
UPDATE run SET stopped_reason = '', finished_at = NULL WHERE run_id = :run_id

-- name: pending
-- Also those of offers that only this run knows, which are never sent.
SELECT operation_id FROM operation WHERE run_id = :run_id AND state = 'pending'
ORDER BY operation_id LIMIT :limit

-- name: rejection
SELECT details FROM audit WHERE run_id = :run_id AND event = 'reject' LIMIT 1

-- name: give_back
-- To the last other run that is to send it for a row of its own.
UPDATE operation SET run_id = coalesce((
  SELECT run.run_id FROM source_row JOIN run USING (run_id)
  WHERE source_row.operation_id = operation.operation_id AND source_row.kind = 'primary'
    AND run.run_id <> :run_id AND NOT EXISTS (
      SELECT 1 FROM run AS undo WHERE undo.of_run = run.run_id AND undo.of_run <> ''
      AND undo.command = 'undo')
    AND NOT EXISTS (
      SELECT 1 FROM audit WHERE audit.run_id = run.run_id AND audit.event = 'reject')
  ORDER BY run.run_number DESC LIMIT 1), run_id)
WHERE run_id = :run_id AND state = 'pending'

-- name: end_run
UPDATE run SET finished_at = :now, stopped_reason = :reason WHERE run_id = :run_id

-- name: states
SELECT operation || ' ' || state, count(*) FROM operation WHERE run_id = :run_id
GROUP BY operation, state ORDER BY 1

-- name: unfinish_staging
UPDATE run SET staged = 0, stopped_reason = '', finished_at = NULL WHERE run_id = :run_id

-- name: forget_source_rows
DELETE FROM source_row WHERE run_id = :run_id

-- name: forget_sheets
DELETE FROM sheet WHERE run_id = :run_id

-- name: forget_operations
DELETE FROM operation WHERE run_id = :run_id AND state = 'pending' AND last_sent_at IS NULL
  AND operation = 'create'
  AND NOT EXISTS (SELECT 1 FROM source_row
                  WHERE source_row.operation_id = operation.operation_id)
  AND NOT EXISTS (SELECT 1 FROM baseline WHERE baseline.operation_id = operation.operation_id)

-- name: forget_offers
DELETE FROM offer WHERE created_by IS NULL
  AND NOT EXISTS (SELECT 1 FROM operation WHERE operation.offer_id = offer.offer_id)

-- name: add_sheet
INSERT INTO sheet (run_id, source, sheet, header) VALUES (:run_id, :source, :sheet, :header)
RETURNING sheet_id

-- name: add_warning
-- `errors` is a JSON array, and has no blanks.
UPDATE source_row
SET errors = CASE errors WHEN '[]' THEN '['
             ELSE substr(errors, 1, length(errors) - 1) || ',' END || :warning || ']'
WHERE sheet_id = :sheet_id AND row_number = :row_number

-- name: target_of
SELECT target, dry_run FROM run WHERE run_id = :run_id

-- name: target_of_operation
SELECT operation.run_id, offer.target FROM operation JOIN offer USING (offer_id)
WHERE operation_id = :operation_id

-- name: add_listing
INSERT INTO listing (digest, entries) VALUES (:digest, :entries) ON CONFLICT DO NOTHING

-- name: add_run_listing
INSERT INTO run_listing (run_id, kind, listing_id, listed_at)
SELECT :run_id, :kind, listing_id, :now FROM listing WHERE digest = :digest
ON CONFLICT (run_id, kind)
DO UPDATE SET listing_id = excluded.listing_id, listed_at = excluded.listed_at
