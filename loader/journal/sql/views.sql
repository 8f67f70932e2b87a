-- The views of a journal, over the tables of either database.
CREATE VIEW job AS                           -- an operation as the engine gets it
SELECT
  operation.operation_id, operation.operation, offer.key, offer.name, operation.digest,
  coalesce(payload.body, creation.body) AS body, operation.attempts,
  offer.instance_id AS remote_id, offer.etag, payload.before,
  operation.run_id, operation.state, operation.last_sent_at, operation.must_exist,
  offer.target, offer.dry_run
FROM operation
JOIN offer USING (offer_id)
LEFT JOIN payload USING (operation_id)
LEFT JOIN payload AS creation ON creation.operation_id = offer.created_by;
CREATE VIEW result AS                        -- a source row and how it ended
SELECT
  source_row.source_row_id, source_row.run_id, source_row.operation_id, sheet.source, sheet.sheet,
  source_row.row_number, source_row.cells, source_row.kind, source_row.errors,
  CASE
    WHEN source_row.kind IN ('duplicate', 'invalid', 'skipped', 'unchanged', 'conflict', 'gone')
      THEN source_row.kind
    WHEN operation.state = 'done' AND operation.code = 'already-so' THEN 'unchanged'
    WHEN offer.undone_by IS NOT NULL AND operation.operation <> 'delete' THEN 'undone'
    WHEN operation.operation IN ('update', 'archive') AND operation.state = 'done' AND (
      WITH RECURSIVE latest (run_id, operation_id, is_back) AS (  -- of its undos, and theirs
        SELECT operation.run_id, operation.operation_id, 0
        UNION ALL
        SELECT back.run_id, back.operation_id, 1 - latest.is_back
        FROM latest JOIN run ON run.of_run = latest.run_id AND run.command = 'undo'
        JOIN operation AS back ON back.run_id = run.run_id
        WHERE back.offer_id = operation.offer_id AND back.operation = 'update'
          AND back.state = 'done')
      SELECT is_back FROM latest ORDER BY operation_id DESC LIMIT 1) = 1
      THEN 'undone'                          -- the latest put back what stood there before
    WHEN operation.state = 'done' THEN CASE operation.operation
      WHEN 'create' THEN 'created'
      WHEN 'update' THEN 'updated'
      WHEN 'archive' THEN 'archived'
      WHEN 'delete' THEN 'deleted'
    END
    WHEN operation.state = 'sending' THEN 'unknown'
    ELSE coalesce(operation.state, 'pending')
  END AS status,
  offer.instance_id, offer.at_id, offer.etag, operation.attempts, operation.http_status,
  operation.request_id,
  operation.code, operation.message, operation.finished_at, source_row.part_of, payload.body,
  operation.operation
FROM source_row
JOIN sheet USING (sheet_id)
LEFT JOIN operation USING (operation_id)
LEFT JOIN payload USING (operation_id)
LEFT JOIN offer USING (offer_id);
