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

-- name: lock
SELECT pg_advisory_xact_lock(:key)

-- name: own_a_target
SELECT pg_try_advisory_lock(:key)

-- name: free_a_target
SELECT pg_advisory_unlock(:key)

-- name: session
SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('synchronous_commit'),
       current_setting('fsync'), current_setting('full_page_writes'),
       current_setting('default_transaction_read_only')

-- name: begin_snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ

-- name: keep_commits
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'

-- name: set
SELECT set_config(:name, :value, false)
