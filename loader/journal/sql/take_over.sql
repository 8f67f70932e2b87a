-- name: apart
SELECT apart.operation_id, source_row.sheet_id, apart.kind, source_row.row_number,
       source_row.cells, source_row.errors, source_row.part_of,
       apart.key, apart.name, apart.digest, payload.body
FROM (
  SELECT operation.operation_id, operation.digest, offer.kind, offer.key, offer.name
  FROM operation JOIN offer USING (offer_id)
  WHERE operation.run_id = :run_id AND operation.state = 'pending'
    AND operation.operation_id > :after AND offer.dry_run = :run_id
  ORDER BY operation.operation_id LIMIT :limit) AS apart
JOIN source_row USING (operation_id) JOIN payload USING (operation_id)
WHERE source_row.run_id = :run_id
ORDER BY apart.operation_id, source_row.source_row_id

-- name: close
UPDATE operation SET operation = 'none', state = 'done'
WHERE operation_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))

-- name: forget_payloads
DELETE FROM payload WHERE operation_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))
