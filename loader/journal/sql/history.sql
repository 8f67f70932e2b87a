-- name: runs
SELECT run_id FROM run ORDER BY run_number DESC

-- name: last_of_target
SELECT run_id FROM run WHERE target = :target AND dry_run = 0 ORDER BY run_number DESC LIMIT 1

-- name: targets
SELECT target FROM (
  SELECT target, CASE WHEN dry_run = 0 AND command <> 'undo' THEN run_number ELSE 0 END AS used
  FROM run
  UNION ALL SELECT target, 0 FROM snapshot
  UNION ALL SELECT target, 0 FROM lease) AS known
GROUP BY target ORDER BY max(used) DESC

-- name: unknown_creates
SELECT run.run_id, count(*) FROM run JOIN operation USING (run_id)
WHERE run.target = :target AND run.dry_run = 0 AND operation.operation = 'create'
  AND operation.state IN ('sending', 'unknown')
GROUP BY run.run_id, run.run_number ORDER BY run.run_number DESC LIMIT 1

-- name: has_changed
SELECT 1 FROM run JOIN operation USING (run_id)
WHERE run.target = :target AND run.dry_run = 0 AND run.command <> 'undo'
  AND operation.operation <> 'none' AND operation.state IN ('sending', 'unknown', 'done') LIMIT 1

-- name: run
SELECT run_id, target, command, options, dry_run, staged, started_at, finished_at,
       stopped_reason, of_run, used_by
FROM run WHERE run_id = :run_id

-- name: sources
SELECT path, digest FROM source WHERE run_id = :run_id ORDER BY position

-- name: totals
SELECT CASE WHEN kind = 'part' THEN 'parts' ELSE status END AS total, count(*) FROM result
WHERE run_id = :run_id GROUP BY total

-- name: count_invalid
SELECT count(*) FROM source_row AS own
WHERE run_id = :run_id AND kind = 'invalid' AND errors NOT LIKE :replaced AND NOT EXISTS (
  SELECT 1 FROM source_row AS first  -- of the same offer
  WHERE first.sheet_id = own.sheet_id AND first.row_number = own.part_of
    AND first.errors LIKE :replaced)

-- name: headers
SELECT source, sheet, header FROM sheet WHERE run_id = :run_id ORDER BY sheet_id

-- name: has_parts
SELECT EXISTS (SELECT 1 FROM source_row WHERE run_id = :run_id AND part_of IS NOT NULL)

-- name: has_changes
SELECT EXISTS (
  SELECT 1 FROM operation WHERE run_id = :run_id AND operation IN ('update', 'archive'))

-- name: results
SELECT source, sheet, row_number, cells, status, errors, instance_id, at_id, etag, attempts,
       http_status, request_id, code, message, finished_at, part_of,
       CASE WHEN operation IN ('update', 'archive') THEN body END AS changes,
       CASE WHEN :with_payload = 1 AND operation = 'create' THEN body END,
       (SELECT operation.run_id FROM operation WHERE operation.operation_id = result.operation_id
        AND operation.run_id <> result.run_id AND result.kind = 'primary'),
       (SELECT deletion.run_id FROM operation JOIN offer USING (offer_id)
        JOIN operation AS deletion ON deletion.operation_id = offer.undone_by
          AND deletion.operation = 'delete'
        JOIN run AS later ON later.run_id = deletion.run_id
        WHERE operation.operation_id = result.operation_id AND (
          result.kind = 'duplicate' OR (result.status = 'undone'  -- by another run than its undo
            AND (later.command <> 'undo' OR later.of_run <> operation.run_id))))
FROM result WHERE run_id = :run_id AND (CAST(:status AS TEXT) IS NULL OR status = :status)
ORDER BY source_row_id

-- name: result_window
SELECT source, sheet, row_number, cells, status, errors, instance_id, at_id, etag, attempts,
       http_status, request_id, code, message, finished_at, part_of,
       CASE WHEN operation IN ('update', 'archive') THEN body END AS changes, NULL,
       (SELECT operation.run_id FROM operation WHERE operation.operation_id = result.operation_id
        AND operation.run_id <> result.run_id AND result.kind = 'primary'),
       (SELECT deletion.run_id FROM operation JOIN offer USING (offer_id)
        JOIN operation AS deletion ON deletion.operation_id = offer.undone_by
          AND deletion.operation = 'delete'
        JOIN run AS later ON later.run_id = deletion.run_id
        WHERE operation.operation_id = result.operation_id AND (
          result.kind = 'duplicate' OR (result.status = 'undone'  -- by another run than its undo
            AND (later.command <> 'undo' OR later.of_run <> operation.run_id))))
FROM result WHERE run_id = :run_id AND (CAST(:status AS TEXT) IS NULL OR status = :status)
  AND (:text = '' OR cells LIKE :text ESCAPE '!' OR lower(cells) LIKE :folded ESCAPE '!'
       OR lower(coalesce(message, '')) LIKE :folded ESCAPE '!'
       OR lower(coalesce(instance_id, '')) LIKE :folded ESCAPE '!')
ORDER BY source_row_id LIMIT :count OFFSET :start

-- name: result_of
SELECT source, sheet, row_number, cells, status, errors, instance_id, at_id, etag, attempts,
       http_status, request_id, code, message, finished_at, part_of, NULL, NULL,
       NULL, NULL
FROM result WHERE run_id = :run_id AND operation_id = :operation_id
ORDER BY source_row_id LIMIT 1

-- name: open_operations
SELECT operation, count(*) FROM operation
WHERE run_id = :run_id AND state IN ('pending', 'sending', 'unknown') GROUP BY operation

-- name: newest_to_delete
SELECT max(creation.finished_at) FROM operation JOIN offer USING (offer_id)
JOIN operation AS creation ON creation.operation_id = offer.created_by
WHERE operation.run_id = :run_id AND operation.state IN ('pending', 'sending', 'unknown')
  AND operation.operation = 'delete'

-- name: is_begun
SELECT EXISTS (SELECT 1 FROM operation WHERE run_id = :run_id AND state <> 'pending')

-- name: count_pending
SELECT count(*) FROM operation WHERE run_id = :run_id AND state = 'pending'

-- name: count_unknown
SELECT count(*) FROM operation WHERE run_id = :run_id AND state IN ('sending', 'unknown')

-- name: taken_over
SELECT operation.run_id, count(*)
FROM source_row JOIN operation USING (operation_id)
WHERE source_row.run_id = :run_id AND source_row.kind = 'primary'
  AND operation.run_id <> :run_id AND operation.state IN ('pending', 'sending', 'unknown')
GROUP BY operation.run_id ORDER BY operation.run_id

-- name: operations
SELECT operation.operation_id, sheet.source, sheet.sheet, source_row.row_number,
       operation.operation, operation.state, offer.name, offer.instance_id, payload.body,
       payload.before, operation.code, operation.message
FROM source_row JOIN sheet USING (sheet_id) JOIN operation USING (operation_id)
JOIN offer USING (offer_id) LEFT JOIN payload USING (operation_id)
WHERE source_row.run_id = :run_id AND source_row.kind = 'primary'
ORDER BY source_row.source_row_id

-- name: noted
SELECT sheet.source, sheet.sheet, source_row.row_number, source_row.kind, offer.name,
       offer.instance_id, operation.reason
FROM source_row JOIN sheet USING (sheet_id) JOIN operation USING (operation_id)
JOIN offer USING (offer_id)
WHERE source_row.run_id = :run_id AND operation.reason <> ''
  AND source_row.kind IN ('primary', 'unchanged', 'gone')
ORDER BY source_row.source_row_id

-- name: of_offer
SELECT operation.run_id, operation.finished_at, operation.operation_id, sheet.source, sheet.sheet,
       source_row.row_number, operation.operation, operation.state, offer.name, offer.instance_id,
       payload.body, payload.before, operation.code, operation.message
FROM offer JOIN operation USING (offer_id) JOIN source_row USING (operation_id)
JOIN sheet USING (sheet_id) LEFT JOIN payload USING (operation_id)
WHERE (offer.name = :offer OR (offer.instance_id <> '' AND (
    offer.instance_id = :offer
    OR offer.instance_id IN (SELECT instance_id FROM snapshot_object WHERE name = :offer))))
  AND offer.dry_run = '' AND operation.state = 'done' AND operation.operation <> 'none'
  AND source_row.kind = 'primary' AND source_row.run_id = operation.run_id
ORDER BY operation.operation_id

-- name: source_rows
SELECT operation_id, operation, status, source, sheet, (
  SELECT operation.run_id FROM operation WHERE operation.operation_id = result.operation_id)
FROM result
WHERE run_id = :run_id AND row_number = :row_number AND kind IN ('primary', 'part')
  AND (CAST(:source AS TEXT) IS NULL OR source = :source)
  AND (CAST(:sheet AS TEXT) IS NULL OR sheet = :sheet)

-- name: created_anew
SELECT deletion.run_id, count(*), min(new.name)
FROM run JOIN operation AS deletion ON deletion.run_id = run.run_id
JOIN offer AS old ON old.offer_id = deletion.offer_id AND old.undone_by = deletion.operation_id
JOIN offer AS new ON new.target = old.target AND new.name = old.name
  AND new.key = old.key AND new.kind = old.kind AND new.offer_id > old.offer_id
JOIN operation AS creation ON creation.offer_id = new.offer_id
WHERE run.target = (SELECT target FROM run AS this WHERE this.run_id = :run_id)
  AND run.command = 'apply' AND deletion.operation = 'delete' AND deletion.state = 'done'
  AND creation.run_id = :run_id AND creation.operation = 'create'
GROUP BY deletion.run_id ORDER BY deletion.run_id

-- name: count_created
SELECT count(*) FROM operation JOIN offer ON offer.created_by = operation.operation_id
WHERE operation.run_id = :run_id AND offer.undone_by IS NULL

-- name: open_elsewhere
SELECT ours.operation_id, offer.name, ours.operation = 'create', open.run_id,
       CASE run.command WHEN 'undo' THEN run.of_run ELSE '' END
FROM operation AS ours JOIN offer USING (offer_id)
JOIN operation AS open ON open.offer_id = offer.offer_id
  AND open.state IN ('pending', 'sending', 'unknown')
JOIN run ON run.run_id = open.run_id
WHERE ours.run_id = :run_id AND open.run_id <> :run_id AND offer.undone_by IS NULL
  AND NOT (run.command = 'undo' AND run.of_run = :run_id)
  AND (offer.created_by = ours.operation_id
       OR (ours.operation IN ('update', 'archive') AND ours.state = 'done'
           AND ours.code <> 'already-so'))
ORDER BY ours.operation_id

-- name: rows_gone
-- One look by key for each row, in either database, whatever the statistics of the tables say.
SELECT fate, are_duplicates, coalesce(run.run_id, ''),
       CASE WHEN run.command = 'undo' THEN run.of_run ELSE '' END, count(*)
FROM (
  SELECT source_row.kind = 'duplicate' AS are_duplicates, (
    SELECT CASE WHEN offer.undone_by IS NOT NULL THEN 'deleted'
                WHEN operation.state = 'failed' AND operation.code = :run_undone THEN 'not-sent'
                WHEN operation.state = 'failed' AND source_row.kind = 'duplicate'
                  AND offer.instance_id = '' THEN 'refused'  -- else it is one that was there
                WHEN open.run_id IS NOT NULL THEN 'being-deleted' END
    FROM operation JOIN offer USING (offer_id)
    LEFT JOIN operation AS open ON open.offer_id = offer.offer_id AND open.operation = 'delete'
      AND open.state IN ('pending', 'sending', 'unknown')
    WHERE operation.operation_id = source_row.operation_id) AS fate, (
    SELECT CASE WHEN operation.state = 'failed' AND operation.code = :run_undone
                THEN operation.run_id ELSE open.run_id END
    FROM operation LEFT JOIN operation AS open ON open.offer_id = operation.offer_id
      AND open.operation = 'delete' AND open.state IN ('pending', 'sending', 'unknown')
    WHERE operation.operation_id = source_row.operation_id) AS other_run
  FROM source_row WHERE source_row.run_id = :run_id AND kind IN ('primary', 'duplicate')) AS each
LEFT JOIN run ON run.run_id = each.other_run AND fate <> 'deleted'
WHERE fate IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3

-- name: errors
SELECT source, error FROM (
  SELECT source_row_id, source, e.value AS error FROM result, json_each(result.errors) AS e
  WHERE run_id = :run_id
  UNION ALL
  SELECT source_row_id, source, json_object('row_number', row_number, 'column', '', 'cell', '',
    'code', code, 'message', message, 'severity', 'error') FROM result
  WHERE run_id = :run_id AND kind = 'primary' AND status IN ('failed', 'unknown') AND code <> ''
) ORDER BY source_row_id

-- name: listings
SELECT kind, entries FROM run_listing JOIN listing USING (listing_id)
WHERE run_id = :run_id ORDER BY kind

-- name: make_compared
CREATE TEMP TABLE IF NOT EXISTS compared (
  operation_id BIGINT PRIMARY KEY, operation TEXT NOT NULL, remote_id TEXT NOT NULL,
  name TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,
  UNIQUE (remote_id, operation_id), UNIQUE (name, operation_id))

-- name: forget_compared
DELETE FROM compared

-- name: compare
INSERT INTO compared (operation_id, operation, remote_id, name)
SELECT operation.operation_id, operation.operation, offer.instance_id, offer.name
FROM operation JOIN offer USING (offer_id)
WHERE operation.run_id = :run_id AND (
  (offer.created_by = operation.operation_id AND offer.undone_by IS NULL)
  OR (operation.operation = 'delete' AND operation.state = 'done')
  OR (operation.operation IN ('update', 'archive') AND operation.state = 'done'
      AND offer.undone_by IS NULL
      AND operation.operation_id NOT IN (    -- an undo put back what stood there before
        SELECT operation_id FROM result
        WHERE run_id = :run_id AND status = 'undone' AND operation_id IS NOT NULL)))

-- name: see
UPDATE compared SET seen = 1 WHERE remote_id <> ''
  AND remote_id IN (SELECT value FROM json_each(:ids))

-- name: done_by_id
SELECT operation_id, operation, remote_id, name, body FROM compared
LEFT JOIN payload USING (operation_id)
WHERE remote_id <> '' AND remote_id IN (SELECT value FROM json_each(:ids))

-- name: created_by_name
SELECT operation_id, operation, remote_id, name, body FROM compared
LEFT JOIN payload USING (operation_id)
WHERE name = :name AND operation = 'create'

-- name: not_seen
SELECT operation_id, operation, remote_id, name, body FROM compared
LEFT JOIN payload USING (operation_id)
WHERE seen = 0 ORDER BY operation_id
