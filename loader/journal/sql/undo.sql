-- name: unfinished
SELECT run_id FROM run WHERE of_run = :run_id AND EXISTS (
  SELECT 1 FROM operation WHERE operation.run_id = run.run_id
  AND operation.state IN ('pending', 'sending', 'unknown'))
ORDER BY run_number DESC LIMIT 1

-- name: is_undone
-- No undo counts as undone: `loader undo`, which asks, may go on with one that was given up.
SELECT 1 FROM run JOIN run AS undo ON undo.of_run = run.run_id
WHERE run.run_id = :run_id AND run.command <> 'undo'
  AND undo.of_run <> '' AND undo.command = 'undo' LIMIT 1

-- name: left
-- A run that may have created a row of this one (itself, or, unless `only_own`, who went on with its
-- rows), where no undo deleted the offer or left it to who edited it; and the latest undo of that
-- run.
SELECT sent.run_id, (
  SELECT undo.run_id FROM run AS undo WHERE undo.of_run = sent.run_id
  AND undo.of_run <> '' AND undo.command = 'undo' ORDER BY undo.run_number DESC LIMIT 1)
FROM source_row JOIN operation AS sent USING (operation_id)
LEFT JOIN offer ON offer.created_by = sent.operation_id
WHERE source_row.run_id = :run_id AND source_row.kind = 'primary'
  AND (:only_own = 0 OR sent.run_id = :run_id) AND (
  sent.state IN ('sending', 'unknown')
  OR (sent.state = 'done' AND offer.offer_id IS NOT NULL AND offer.undone_by IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM operation AS kept WHERE kept.offer_id = offer.offer_id
        AND kept.operation = 'delete' AND kept.state = 'failed' AND kept.code = :edited
        AND sent.run_id = (SELECT undo.of_run FROM run AS undo WHERE undo.run_id = kept.run_id))))
LIMIT 1

-- name: went_over
-- Only what may still be there, or may be created yet.
SELECT operation.run_id, count(*)
FROM source_row JOIN operation USING (operation_id) JOIN offer USING (offer_id)
WHERE source_row.run_id = :run_id AND source_row.kind = 'primary'
  AND operation.run_id <> :run_id AND offer.undone_by IS NULL
  AND operation.state IN ('pending', 'sending', 'unknown', 'done')
GROUP BY operation.run_id ORDER BY operation.run_id

-- name: try_kept_again
UPDATE operation SET state = :pending, code = '', message = '', http_status = NULL,
  finished_at = NULL
WHERE run_id = :undo_id AND state = :failed

-- name: add_operations
INSERT INTO operation (run_id, offer_id, operation, reason, digest, state)
SELECT :undo_id, offer.offer_id, 'delete', 'undo of run ' || :run_id, creation.digest, :pending
FROM operation AS creation JOIN offer ON offer.created_by = creation.operation_id
WHERE creation.run_id = :run_id AND offer.undone_by IS NULL AND offer.instance_id <> ''
  AND NOT EXISTS (
    SELECT 1 FROM operation AS other WHERE other.offer_id = offer.offer_id
    AND other.state IN ('pending', 'sending', 'unknown'))
ORDER BY creation.operation_id

-- name: restorable
SELECT sheet_of_undo.sheet_id, source_row.row_number, source_row.cells
FROM source_row
JOIN (
  SELECT old.sheet_id AS old_id, new.sheet_id
  FROM (SELECT sheet_id, row_number() OVER (ORDER BY sheet_id) AS nth
        FROM sheet WHERE run_id = :run_id) AS old
  JOIN (SELECT sheet_id, row_number() OVER (ORDER BY sheet_id) AS nth
        FROM sheet WHERE run_id = :undo_id) AS new USING (nth)
) AS sheet_of_undo ON sheet_of_undo.old_id = source_row.sheet_id
WHERE source_row.operation_id = :operation_id AND source_row.run_id = :run_id
ORDER BY source_row.source_row_id LIMIT 1

-- name: copy_sources
INSERT INTO source (run_id, position, path, digest)
SELECT :undo_id, position, path, digest FROM source WHERE run_id = :run_id

-- name: copy_sheets
INSERT INTO sheet (run_id, source, sheet, header)
SELECT :undo_id, source, sheet, header FROM sheet WHERE run_id = :run_id ORDER BY sheet_id

-- name: copy_source_rows
INSERT INTO source_row (run_id, sheet_id, row_number, kind, cells, operation_id, part_of)
SELECT :undo_id, pair.new_id, source_row.row_number, source_row.kind, source_row.cells,
       deletion.operation_id, source_row.part_of
FROM source_row
JOIN (
  SELECT old.sheet_id AS old_id, new.sheet_id AS new_id
  FROM (SELECT sheet_id, row_number() OVER (ORDER BY sheet_id) AS nth
        FROM sheet WHERE run_id = :run_id) AS old
  JOIN (SELECT sheet_id, row_number() OVER (ORDER BY sheet_id) AS nth
        FROM sheet WHERE run_id = :undo_id) AS new USING (nth)
) AS pair ON pair.old_id = source_row.sheet_id
JOIN operation AS creation ON creation.operation_id = source_row.operation_id
JOIN operation AS deletion
  ON deletion.offer_id = creation.offer_id AND deletion.run_id = :undo_id
WHERE source_row.run_id = :run_id AND source_row.kind IN ('primary', 'part')
  AND NOT EXISTS (SELECT 1 FROM source_row AS copied
                  WHERE copied.operation_id = deletion.operation_id AND copied.run_id = :undo_id)
ORDER BY source_row.source_row_id

-- name: has_row
SELECT 1 FROM source_row WHERE sheet_id = :sheet_id AND row_number = :row_number
