-- What is asked of the server itself, and of the tables before they are known to be a journal's.
-- name: schema
SELECT current_schema()

-- name: tables
SELECT to_regclass(quote_ident(current_schema()) || '.journal_format') IS NOT NULL,
       to_regclass(quote_ident(current_schema()) || '.run') IS NOT NULL

-- name: format
SELECT format FROM journal_format

-- name: set_format
INSERT INTO journal_format (format) VALUES (:format)

-- name: end_copy
UPDATE journal_format SET format = :format

-- name: begin_copy
UPDATE journal_format SET format = :unfinished
WHERE format = :format
  AND NOT EXISTS (SELECT 1 FROM run) AND NOT EXISTS (SELECT 1 FROM audit)
  AND NOT EXISTS (SELECT 1 FROM claim) AND NOT EXISTS (SELECT 1 FROM snapshot)

-- name: numbered
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND is_identity = 'YES'

-- name: number_from
SELECT setval(pg_get_serial_sequence('{table}', '{key}'), coalesce(max({key}), 0) + 1, false)
FROM {table}

-- name: lock
SELECT pg_advisory_xact_lock(:key)

-- name: own_a_target
SELECT pg_try_advisory_lock(:key)

-- name: end_silent_holder
-- The server waits for the client of a session that holds one of these locks, and for too long. It
-- ends an idle session itself, but not one that was cut short in the middle of what it said.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
  AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint) IN (:target, :writer)
  AND wait_event_type = 'Client'
  AND state_change < clock_timestamp() - make_interval(secs => :seconds)

-- name: last_machine
SELECT machine FROM lease WHERE target = :target

-- name: begin_to_settle_anew
UPDATE operation SET last_sent_at = :now FROM offer
WHERE operation.offer_id = offer.offer_id AND offer.target = :target AND offer.dry_run = ''
  AND operation.state = 'unknown'

-- name: free_a_target
SELECT pg_advisory_unlock(:key)

-- name: at_work
SELECT state = 'active' FROM pg_stat_activity WHERE pid = :pid

-- name: still_here
SELECT 1

-- name: session
SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('synchronous_commit'),
       current_setting('fsync'), current_setting('full_page_writes'),
       current_setting('default_transaction_read_only'),
       current_setting('synchronous_standby_names'),
       EXISTS (SELECT 1 FROM pg_stat_replication),
       CAST(extract(epoch FROM clock_timestamp()) AS double precision)

-- name: begin_snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ

-- name: keep_commits
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'

-- name: set
SELECT set_config(:name, :value, false)
