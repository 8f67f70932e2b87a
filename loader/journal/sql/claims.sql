-- name: begin
INSERT INTO claim (token, inbox, folder, name, claimed_at)
VALUES (:token, :inbox, :folder, :name, :now) ON CONFLICT (token)
DO UPDATE SET inbox = excluded.inbox, folder = excluded.folder, state = 'claimed'

-- name: count_attempt
UPDATE claim SET attempts = attempts + 1, strikes = strikes + 1 WHERE token = :token

-- name: counts
SELECT claimed_at, attempts, strikes AS crashes, looks, unknown FROM claim WHERE token = :token

-- name: reset_crashes
UPDATE claim SET strikes = 0 WHERE token = :token

-- name: count_exception
UPDATE claim SET surprises = surprises + 1 WHERE token = :token RETURNING surprises AS exceptions

-- name: wait
UPDATE claim SET report = :report, outcome = :outcome, strikes = 0,
  looks = CASE WHEN :unknown = 0 THEN 0 WHEN unknown = :unknown THEN looks + 1 ELSE 1 END,
  unknown = :unknown
WHERE token = :token

-- name: end
UPDATE claim SET state = 'ended', report = :report, outcome = :outcome, run_id = :run_id,
  shelf = :shelf, day = :day, place = :place, digest = :digest, finished_at = :finished_at
WHERE token = :token

-- name: set_state
UPDATE claim SET state = :state WHERE token = :token

-- name: state
SELECT state FROM claim WHERE token = :token

-- name: unsettled
SELECT token, folder, name, state, claimed_at, shelf, day, place, report FROM claim
WHERE inbox = :inbox AND state IN ('ended', 'moved') ORDER BY claimed_at

-- name: open
SELECT token, folder, name, state, claimed_at, shelf, day, place, report FROM claim
WHERE inbox = :inbox AND state = 'claimed' ORDER BY claimed_at

-- name: earlier
SELECT report FROM claim
WHERE inbox = :inbox AND folder = :folder AND digest = :digest AND token <> :token
  AND outcome IN (SELECT value FROM json_each(:outcomes))
  AND NOT EXISTS (
    SELECT 1 FROM run AS undo WHERE undo.of_run = claim.run_id AND undo.command = 'undo')
  AND NOT EXISTS (
    SELECT 1 FROM run AS its JOIN run AS asked ON its.target <> asked.target
      OR json_remove(its.options, '$.drop') <> json_remove(asked.options, '$.drop')
    WHERE its.run_id = claim.run_id AND asked.run_id = :run_id)
ORDER BY finished_at LIMIT 1

-- name: latest
SELECT report FROM claim WHERE inbox = :inbox AND outcome = :outcome AND state <> 'claimed'
ORDER BY finished_at DESC LIMIT :limit

-- name: of_file
SELECT report FROM claim WHERE report <> '' AND report ->> '$.file' = :file
ORDER BY finished_at DESC LIMIT 1

-- name: latest_end
SELECT max(finished_at) FROM claim WHERE inbox = :inbox AND folder = :folder
  AND outcome IN (SELECT value FROM json_each(:outcomes))

-- name: set_outage
INSERT INTO outage (inbox, folder, report) VALUES (:inbox, :folder, :report)
ON CONFLICT (inbox, folder) DO UPDATE SET report = excluded.report

-- name: end_outage
DELETE FROM outage WHERE inbox = :inbox AND folder = :folder

-- name: outages
SELECT report FROM outage WHERE inbox = :inbox ORDER BY folder
