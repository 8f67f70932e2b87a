-- name: holder
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease WHERE target = :target

-- name: holders
SELECT target, owner, host, machine, pid, since, heartbeat FROM lease ORDER BY target

-- name: take
INSERT INTO lease (target, owner, host, machine, pid, since, heartbeat)
VALUES (:target, :owner, :host, :machine, :pid, :now, :now)
ON CONFLICT (target) DO UPDATE SET owner = excluded.owner, host = excluded.host,
  machine = excluded.machine, pid = excluded.pid, since = excluded.since,
  heartbeat = excluded.heartbeat

-- name: beat
UPDATE lease SET heartbeat = :now WHERE target = :target AND owner = :owner

-- name: release
DELETE FROM lease WHERE target = :target AND owner = :owner
