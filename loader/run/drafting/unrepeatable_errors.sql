-- What is wrong with the rows of a sheet.

-- name: errors
SELECT row.number, finding.position, finding.code, finding.value, finding.message,
  finding.suggestion
FROM finding JOIN row USING (row_id)
WHERE finding.is_error AND row_id BETWEEN ? AND ? ORDER BY row_id, finding.position
