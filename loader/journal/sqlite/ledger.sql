-- name: attach
ATTACH :path AS ledger

-- name: ledger_id
PRAGMA ledger.application_id

-- name: import_claims
INSERT OR IGNORE INTO claim (token, inbox, folder, name, claimed_at, attempts, strikes, surprises,
  looks, unknown, state, shelf, day, place, run_id, digest, outcome, finished_at, report)
SELECT token, inbox, folder, name, claimed_at, attempts, strikes, surprises, looks, unknown, state,
  shelf, day, place, run_id, digest, outcome, finished_at, report FROM ledger.claim

-- name: import_outages
INSERT OR IGNORE INTO outage (inbox, folder, report)
SELECT inbox, folder, report FROM ledger.trouble

-- name: detach
DETACH ledger
