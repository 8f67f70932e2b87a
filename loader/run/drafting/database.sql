-- What is known of the whole draft.

-- name: fact
SELECT value FROM fact WHERE name = ?

-- name: set_fact
INSERT OR REPLACE INTO fact VALUES (?, ?)
