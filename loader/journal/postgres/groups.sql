-- Statements for many rows at once, under FILE__NAME as in journal/sql: each value is an array.
-- name: key_resolver__add_offer
INSERT INTO offer (offer_id, target, kind, key, dry_run, name)
SELECT * FROM unnest(
  CAST(:offer_id AS bigint[]), CAST(:target AS text[]), CAST(:kind AS text[]),
  CAST(:key AS text[]), CAST(:dry_run AS text[]), CAST(:name AS text[]))

-- name: key_resolver__add_payload
INSERT INTO payload (operation_id, body, before)
SELECT * FROM unnest(
  CAST(:operation_id AS bigint[]), CAST(:body AS bytea[]), CAST(:before AS bytea[]))

-- name: key_resolver__add_source_row
INSERT INTO source_row
  (run_id, sheet_id, row_number, kind, cells, errors, operation_id, part_of)
SELECT * FROM unnest(
  CAST(:run_id AS text[]), CAST(:sheet_id AS bigint[]), CAST(:row_number AS bigint[]),
  CAST(:kind AS text[]), CAST(:cells AS text[]), CAST(:errors AS text[]),
  CAST(:operation_id AS bigint[]), CAST(:part_of AS bigint[]))

-- name: transitions__advance
-- With the events, and with what is known of their offers: one statement for what else is three.
WITH each AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:operation_id AS bigint[]), CAST(:before AS text[]), CAST(:after AS text[]),
    CAST(:now AS double precision[]), CAST(:event AS text[]), CAST(:http_status AS bigint[]),
    CAST(:request_id AS text[]), CAST(:code AS text[]), CAST(:message AS text[]),
    CAST(:finished_at AS double precision[]), CAST(:last_sent_at AS double precision[]),
    CAST(:unsent AS bigint[]), CAST(:must_exist AS bigint[]), CAST(:names_offer AS bigint[]),
    CAST(:instance_id AS text[]), CAST(:at_id AS text[]), CAST(:etag AS text[]), CAST(:created_by AS bigint[]))
    AS each (operation_id, before, after, now, event, http_status, request_id, code, message,
             finished_at, last_sent_at, unsent, must_exist, names_offer, instance_id, at_id, etag,
             created_by)),
added AS (
  INSERT INTO transition (operation_id, at, event, http_status, request_id, code, message)
  SELECT operation_id, now, event, http_status, request_id, code, message FROM each),
identified AS (
  UPDATE offer
  SET instance_id = coalesce(each.instance_id, offer.instance_id),
      at_id = coalesce(each.at_id, offer.at_id), etag = coalesce(each.etag, offer.etag),
      created_by = coalesce(each.created_by, offer.created_by)
  FROM each JOIN operation USING (operation_id)
  WHERE each.names_offer = 1 AND offer.offer_id = operation.offer_id)
UPDATE operation
SET state = each.after, attempts = operation.attempts - each.unsent,
    http_status = coalesce(each.http_status, operation.http_status),
    request_id = CASE WHEN each.request_id = '' THEN operation.request_id
                 ELSE each.request_id END,
    code = each.code, message = each.message, finished_at = each.finished_at,
    last_sent_at = coalesce(each.last_sent_at, operation.last_sent_at),
    must_exist = greatest(operation.must_exist, each.must_exist)
FROM each WHERE operation.operation_id = each.operation_id AND operation.state = each.before

-- name: transitions__add_transition
-- Nothing is left to do: `advance` adds them.
SELECT

-- name: transitions__identify
-- Nothing is left to do: `advance` does it.
SELECT

-- name: transitions__free_key
-- One look into each index for each offer, whatever the statistics of the tables say (OFFSET 0).
UPDATE offer SET undone_by = known.operation_id
FROM (
  SELECT each.operation_id, operation.offer_id
  FROM unnest(CAST(:operation_id AS bigint[])) AS each (operation_id)
  JOIN operation USING (operation_id)
  UNION ALL
  SELECT each.operation_id, met.offer_id
  FROM unnest(CAST(:operation_id AS bigint[])) AS each (operation_id)
  CROSS JOIN LATERAL (
    SELECT gone.target, gone.instance_id FROM operation JOIN offer AS gone USING (offer_id)
    WHERE operation.operation_id = each.operation_id OFFSET 0) AS gone
  CROSS JOIN LATERAL (
    SELECT same.offer_id FROM offer AS same
    WHERE same.target = gone.target AND same.instance_id = gone.instance_id
      AND same.instance_id <> '' AND same.created_by IS NULL AND same.undone_by IS NULL
      AND EXISTS (
        SELECT 1 FROM operation AS skipped WHERE skipped.offer_id = same.offer_id
        AND skipped.operation = 'create' AND skipped.state = 'failed' OFFSET 0)
    OFFSET 0) AS met) AS known
WHERE offer.offer_id = known.offer_id

-- name: transitions__mark_existing
INSERT INTO baseline (operation_id, remote_id)
SELECT operation_id, each.remote_id
FROM unnest(
  CAST(:remote_id AS text[]), CAST(:target AS text[]), CAST(:name AS text[]),
  CAST(:run_id AS text[]), CAST(:deleted_before AS double precision[]))
  AS each (remote_id, target, name, run_id, deleted_before)
JOIN offer ON offer.target = each.target AND offer.name = each.name
JOIN operation USING (offer_id)
WHERE operation.run_id = each.run_id AND operation.state = 'pending'
  AND operation.operation = 'create'
  AND NOT EXISTS (
    SELECT 1 FROM offer AS own WHERE own.target = each.target AND own.created_by IS NOT NULL
    AND own.instance_id <> '' AND own.instance_id = each.remote_id AND own.name = each.name
    AND NOT EXISTS (
      SELECT 1 FROM operation AS gone WHERE gone.operation_id = own.undone_by
      AND gone.operation = 'delete' AND gone.finished_at <= each.deleted_before))
ON CONFLICT DO NOTHING
