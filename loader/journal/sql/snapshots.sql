-- name: add_snapshot
INSERT INTO snapshot (snapshot_id, target, kind, taken_at, names, path)
VALUES (:snapshot_id, :target, :kind, :now, :names, :path)

-- name: snapshot
SELECT target, kind, names, path,
       (SELECT count(*) FROM snapshot_object AS each WHERE each.snapshot_id = :snapshot_id)
FROM snapshot WHERE snapshot_id = :snapshot_id

-- name: latest_pull
SELECT snapshot_id FROM snapshot WHERE target = :target AND kind = :kind AND path <> ''
ORDER BY path = :path DESC, taken_at DESC, snapshot_id DESC LIMIT 1

-- name: next_position
SELECT coalesce(max(position) + 1, 0) FROM snapshot_object WHERE snapshot_id = :snapshot_id

-- name: add_object
INSERT INTO object (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING

-- name: add_snapshot_object
INSERT INTO snapshot_object (snapshot_id, position, instance_id, at_id, etag, name, folded_name,
                             object_id)
SELECT :snapshot_id, :position, :instance_id, :at_id, :etag, :name, :folded_name, object_id
FROM object WHERE digest = :digest

-- name: objects
SELECT instance_id, at_id, etag, name, body FROM snapshot_object JOIN object USING (object_id)
WHERE snapshot_id = :snapshot_id AND position >= :after ORDER BY position LIMIT :limit

-- name: by_id
SELECT instance_id, at_id, etag, name, body FROM snapshot_object JOIN object USING (object_id)
WHERE snapshot_id = :snapshot_id AND instance_id IN (SELECT value FROM json_each(:ids))

-- name: by_name
SELECT folded_name, instance_id, at_id, etag, name, body
FROM snapshot_object JOIN object USING (object_id)
WHERE snapshot_id = :snapshot_id AND folded_name IN (SELECT value FROM json_each(:names))
ORDER BY position

-- name: sightings
SELECT snapshot.taken_at, snapshot.snapshot_id, instance_id, at_id, etag, name, body
FROM snapshot_object JOIN object USING (object_id) JOIN snapshot USING (snapshot_id)
WHERE snapshot.path <> '' AND (instance_id = :offer
  OR instance_id IN (SELECT instance_id FROM snapshot_object WHERE name = :offer)
  OR instance_id IN (SELECT instance_id FROM offer WHERE name = :offer AND dry_run = ''))
ORDER BY snapshot.taken_at

-- name: known
SELECT instance_id, name FROM (
  SELECT instance_id, name FROM snapshot_object JOIN snapshot USING (snapshot_id)
  WHERE snapshot.target = :target AND snapshot.kind = :kind AND snapshot.path <> ''
  UNION
  SELECT instance_id, name FROM offer
  WHERE target = :target AND kind = :kind AND dry_run = '' AND instance_id <> ''
) AS each WHERE (instance_id, name) > (:id, :name) ORDER BY instance_id, name LIMIT :limit

-- name: key_holders
SELECT operation.operation_id, operation.operation, offer.key, offer.name, operation.digest,
       NULL, operation.attempts, offer.instance_id, offer.etag, NULL,
       coalesce(operation.finished_at, 0)
FROM offer JOIN operation ON operation.operation_id = offer.created_by
WHERE offer.target = :target AND offer.kind = :kind AND offer.dry_run = ''
  AND offer.undone_by IS NULL AND offer.instance_id <> '' AND operation.state = 'done'
  AND offer.key IN (SELECT value FROM json_each(:keys))
  AND NOT EXISTS (
    SELECT 1 FROM operation AS open WHERE open.offer_id = offer.offer_id
    AND open.state IN ('pending', 'sending', 'unknown'))

-- name: changed_lately
SELECT offer.instance_id, offer.etag, max(operation.finished_at),
       max(CASE operation.operation WHEN 'delete' THEN 1 ELSE 0 END)
FROM run JOIN operation USING (run_id) JOIN offer USING (offer_id)
WHERE run.target = :target AND run.dry_run = 0
  AND (run.finished_at IS NULL OR run.finished_at > :since)
  AND offer.kind = :kind AND offer.instance_id <> ''
  AND operation.state = 'done'
  AND (operation.operation = 'delete'
       OR offer.undone_by IS NULL AND operation.operation IN ('create', 'update', 'archive'))
  AND operation.code <> 'already-so' AND operation.finished_at > :since
GROUP BY offer.instance_id, offer.etag
ORDER BY 4, 3

-- name: last_write
-- A run that ended earlier wrote nothing since. What was found by looking may have been written just
-- before that: a request without a reply may be carried out late.
SELECT max(coalesce(each.finished_at, each.last_sent_at))
FROM run JOIN operation AS each USING (run_id)
WHERE run.target = (SELECT target FROM run AS this WHERE this.run_id = :run_id)
  AND run.dry_run = 0 AND (:by_others = 0 OR run.run_id <> :run_id)
  AND (run.finished_at IS NULL OR run.finished_at > :since)
  AND coalesce(each.finished_at, each.last_sent_at) > :since
  AND (each.state IN ('sending', 'unknown')
       OR (each.state = 'done' AND each.code NOT IN ('already-so', 'already-gone')))
  AND each.offer_id IN (SELECT ours.offer_id FROM operation AS ours WHERE ours.run_id = :run_id)

-- name: versions
SELECT snapshot.taken_at, snapshot.snapshot_id, instance_id, at_id, etag, name, body
FROM snapshot_object JOIN object USING (object_id) JOIN snapshot USING (snapshot_id)
WHERE snapshot.target = :target AND instance_id = :instance_id AND snapshot.path <> ''
ORDER BY snapshot.taken_at

-- name: first_seen
SELECT min(at) FROM (
  SELECT snapshot.taken_at AS at FROM snapshot_object JOIN snapshot USING (snapshot_id)
  WHERE snapshot.target = :target AND instance_id = :instance_id AND snapshot.path <> ''
  UNION ALL
  SELECT operation.finished_at FROM operation JOIN offer USING (offer_id)
  WHERE offer.target = :target AND offer.instance_id = :instance_id AND offer.instance_id <> ''
    AND offer.dry_run = '' AND operation.state = 'done' AND operation.operation <> 'none'
) AS each

-- name: changed_from
SELECT CASE
    WHEN operation.code IN ('already-so', 'already-gone')  -- by somebody else since the plan
      THEN coalesce(plan.started_at, run.started_at)
    WHEN operation.code = '' AND operation.attempts = 1 AND operation.http_status BETWEEN 200 AND 299
      THEN coalesce(operation.last_sent_at, run.started_at)
    ELSE run.started_at END,  -- found later, or sent more than once
  operation.finished_at, payload.before
FROM offer JOIN operation USING (offer_id) JOIN run USING (run_id)
LEFT JOIN run AS plan ON plan.run_id = run.of_run AND run.command <> 'undo'
LEFT JOIN payload USING (operation_id)
WHERE offer.target = :target AND offer.instance_id = :instance_id AND offer.instance_id <> ''
  AND offer.dry_run = '' AND operation.state = 'done' AND operation.operation <> 'none'
ORDER BY operation.finished_at

-- name: lifetime
SELECT max(CASE WHEN operation.operation = 'create' THEN operation.finished_at END),
       max(operation.finished_at),
       max(CASE WHEN operation.operation = 'delete' THEN operation.finished_at END),
       max(CASE WHEN offer.created_by IS NOT NULL THEN offer.etag END)
FROM operation JOIN offer USING (offer_id)
WHERE offer.target = :target AND offer.instance_id = :instance_id AND offer.instance_id <> ''
  AND offer.dry_run = '' AND operation.state = 'done' AND operation.operation <> 'none'

-- name: updates_of
SELECT operation.run_id, coalesce(operation.finished_at, 0), payload.body
FROM offer JOIN operation USING (offer_id) JOIN payload USING (operation_id)
WHERE offer.target = :target AND offer.instance_id = :instance_id AND offer.instance_id <> ''
  AND offer.dry_run = '' AND operation.state = 'done'
  AND operation.operation IN ('update', 'archive')
ORDER BY operation.operation_id

-- name: forget_objects_of
DELETE FROM snapshot_object WHERE snapshot_id = :snapshot_id

-- name: forget_snapshot
DELETE FROM snapshot WHERE snapshot_id = :snapshot_id

-- name: forget_unused
DELETE FROM object WHERE NOT EXISTS (
  SELECT 1 FROM snapshot_object AS each WHERE each.object_id = object.object_id)
