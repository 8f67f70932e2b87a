-- What a page shows of the rows of a draft.

-- name: rows
SELECT row_id, number, cells, now FROM row
WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id

-- name: findings
SELECT row_id, position, is_error, code, message, suggestion FROM finding
WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id, is_error DESC, position

-- name: edited_cells
SELECT row_id, position FROM cell WHERE row_id IN (SELECT value FROM json_each(?))

-- name: next_finding
SELECT row_id, position FROM finding
WHERE is_error >= :is_error AND row_id BETWEEN :first AND :last
  AND (row_id, position) > (:row_id, :position)
ORDER BY row_id, position

-- name: finding_before
SELECT row_id, position FROM finding
WHERE is_error >= :is_error AND row_id BETWEEN :first AND :last
  AND (row_id, position) < (:row_id, :position)
ORDER BY row_id DESC, position DESC

-- name: matching_rows
SELECT row_id, coalesce(now, cells) FROM row
WHERE row_id BETWEEN :first AND :last
  AND CASE :only WHEN 'wrong' THEN errors > 0 WHEN 'warned' THEN warnings > 0
    WHEN 'edited' THEN now IS NOT NULL ELSE 1 END
  AND (:code = '' OR row_id IN (SELECT row_id FROM finding
    WHERE code = :code AND position = coalesce(:position, position)
      AND value = coalesce(:value, value)))
ORDER BY row_id
