-- name: last_hash
SELECT hash FROM audit ORDER BY audit_id DESC LIMIT 1

-- name: moved
SELECT details FROM audit WHERE event = 'moved' ORDER BY audit_id DESC LIMIT 1

-- name: add
INSERT INTO audit (at, person, event, target, run_id, details, previous, hash)
VALUES (:at, :person, :event, :target, :run_id, :details, :previous, :hash)

-- name: entries
SELECT audit_id, at, person, event, target, run_id, details, previous, hash FROM audit
WHERE (CAST(:run_id AS TEXT) IS NULL OR run_id = :run_id)
  AND (CAST(:since AS REAL) IS NULL OR at >= :since)
  AND (CAST(:person AS TEXT) IS NULL OR lower(person) LIKE lower(:person)) AND audit_id > :after
ORDER BY audit_id LIMIT :limit

-- name: add_approval
INSERT INTO approval (plan_id, digest, person, at, words)
VALUES (:plan_id, :digest, :person, :at, :words)

-- name: approvals
SELECT digest, person, at, words FROM approval WHERE plan_id = :plan_id ORDER BY approval_id
