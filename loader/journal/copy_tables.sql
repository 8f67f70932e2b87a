-- Templates of the statements that copy one table: {names} are filled in from loader/journal/copy_tables.py.
-- name: rows
SELECT {columns} FROM {table} WHERE {behind} ORDER BY {key}

-- name: last
SELECT {key} FROM {table} ORDER BY {backwards} LIMIT 1

-- name: add
INSERT INTO {table} ({columns}) VALUES ({values})

-- name: targets
SELECT DISTINCT target FROM run WHERE dry_run = 0 ORDER BY target
