-- name: pending
SELECT operation_id, kind, key, name FROM operation JOIN offer USING (offer_id)
WHERE run_id = :run_id AND operation = 'create' AND state = 'pending' AND operation_id > :after
ORDER BY operation_id LIMIT :limit

-- name: with_name
-- `coalesce`, so that no planner takes the index of keys, which would read every offer of the target.
SELECT min(made.operation_id), offer.kind, min(offer.key), offer.name
FROM offer JOIN operation AS made USING (offer_id)
WHERE offer.target = :target AND offer.dry_run = '' AND coalesce(offer.undone_by, 0) = 0
  AND offer.name IN (SELECT value FROM json_each(:names))
  AND made.operation = 'create' AND made.state IN ('done', 'unknown', 'sending')
  AND NOT EXISTS (
    SELECT 1 FROM source_row
    WHERE source_row.operation_id = made.operation_id AND source_row.run_id = :run_id)
GROUP BY offer.kind, offer.name

-- name: with_key
SELECT made.operation_id, offer.kind, offer.key, offer.name
FROM offer JOIN operation AS made USING (offer_id)
WHERE offer.target = :target AND offer.kind = :kind AND offer.dry_run = '' AND offer.undone_by IS NULL
  AND offer.key IN (SELECT value FROM json_each(:names))
  AND made.operation = 'create' AND made.state IN ('done', 'unknown', 'sending')
  AND NOT EXISTS (
    SELECT 1 FROM source_row
    WHERE source_row.operation_id = made.operation_id AND source_row.run_id = :run_id)

-- name: open_update
-- What may give the offer the name that the journal has for it.
SELECT operation.operation_id, payload.body
FROM operation AS made JOIN operation ON operation.offer_id = made.offer_id
JOIN payload ON payload.operation_id = operation.operation_id
WHERE made.operation_id = :operation_id AND operation.operation IN ('update', 'archive')
  AND operation.state IN ('pending', 'sending', 'unknown')

-- name: made_from
SELECT made.state, offer.instance_id, made.run_id, sheet.source, sheet.sheet, source_row.row_number,
       CASE run.command WHEN 'undo' THEN run.of_run ELSE '' END
FROM operation AS made JOIN offer USING (offer_id) JOIN run ON run.run_id = made.run_id
JOIN source_row ON source_row.operation_id = made.operation_id AND source_row.run_id = made.run_id
JOIN sheet USING (sheet_id)
WHERE made.operation_id = :operation_id ORDER BY source_row.source_row_id LIMIT 1
