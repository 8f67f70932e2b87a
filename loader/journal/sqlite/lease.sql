-- name: holder
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease WHERE target = :target

-- name: holders
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease ORDER BY target

-- name: take
INSERT OR REPLACE INTO lease (target, owner, host, machine, pid, since, heartbeat)
VALUES (:target, :owner, :host, :machine, :pid, :now, :now)

-- name: beat
UPDATE lease SET heartbeat = :now WHERE target = :target AND owner = :owner

-- name: release
DELETE FROM lease WHERE target = :target AND owner = :owner
