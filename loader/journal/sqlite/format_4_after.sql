-- Format 4, last step: a row becomes an offer and the operation that creates it (both keep its
-- number), a deletion becomes an operation of an undo, which is a run of its own.
INSERT INTO run (run_number, run_id, target, command, options, dry_run, staged, started_at,
                 finished_at, stopped_reason)
SELECT rowid, run_id, target, command, options, dry_run, staged, started_at, finished_at,
       stopped_reason FROM old_run;
INSERT INTO run (run_id, target, command, of_run, options, staged, started_at, finished_at)
SELECT old_deletion.run_id || '-undo', target, 'undo', old_deletion.run_id, '{}', 1, min(at),
       max(at)
FROM old_deletion JOIN old_run ON old_run.run_id = old_deletion.run_id
GROUP BY old_deletion.run_id ORDER BY min(at);
INSERT INTO source SELECT run_id, position, path, digest FROM old_source ORDER BY rowid;
INSERT INTO source
SELECT run.run_id, position, path, digest FROM old_source
JOIN run ON run.of_run = old_source.run_id ORDER BY old_source.rowid;
INSERT INTO sheet SELECT sheet_id, run_id, source, sheet, header FROM old_sheet;
CREATE TEMP TABLE undo_sheet AS
SELECT old_sheet.sheet_id AS old_id, run.run_id, source, sheet, header,
       (SELECT coalesce(max(sheet_id), 0) FROM old_sheet)
       + row_number() OVER (ORDER BY run.run_number, sheet_id) AS new_id
FROM old_sheet JOIN run ON run.of_run = old_sheet.run_id;
INSERT INTO sheet SELECT new_id, run_id, source, sheet, header FROM undo_sheet;

INSERT INTO offer (offer_id, target, kind, key, dry_run, name, instance_id, at_id, etag,
                   created_by, undone_by)
SELECT old_row.row_id,
       CASE WHEN old_run.dry_run THEN old_run.target ELSE old_row.target END,
       'fallback-offer', row_key,
       CASE WHEN old_run.dry_run THEN old_run.run_id ELSE '' END,
       name, instance_id, at_id, etag,
       CASE WHEN old_row.state = 'created' THEN old_row.row_id END,
       CASE WHEN undone_by <> '' THEN old_row.row_id + (SELECT max(row_id) FROM old_row) END
FROM old_row JOIN old_run USING (run_id);
INSERT INTO operation (operation_id, run_id, offer_id, operation, digest, state, attempts,
                       must_exist, last_sent_at, http_status, code, message, finished_at)
SELECT row_id, run_id, row_id, 'create', digest,
       CASE state WHEN 'created' THEN 'done' ELSE state END,
       attempts, must_exist, last_sent_at, http_status, code, message, finished_at
FROM old_row;
INSERT INTO payload (operation_id, body) SELECT row_id, body FROM old_row;
INSERT INTO operation (operation_id, run_id, offer_id, operation, reason, digest, state, attempts,
                       last_sent_at, code, message, finished_at)
SELECT row_id + (SELECT max(row_id) FROM old_row), old_deletion.run_id || '-undo', row_id, 'delete',
       'undo of run ' || old_deletion.run_id, digest,
       CASE old_deletion.state WHEN 'deleting' THEN 'unknown' WHEN 'kept' THEN 'failed'
            ELSE 'done' END,
       CASE old_deletion.state WHEN 'kept' THEN 0 ELSE 1 END,
       CASE old_deletion.state WHEN 'kept' THEN NULL ELSE at END,
       CASE old_deletion.state WHEN 'deleting' THEN 'interrupted' WHEN 'gone' THEN 'already-gone'
            WHEN 'kept' THEN iif(reason LIKE 'it was edited %', 'edited', 'refused') ELSE '' END,
       CASE old_deletion.state WHEN 'deleting' THEN 'the reply to the delete was not seen'
            ELSE old_deletion.reason END,
       CASE old_deletion.state WHEN 'deleting' THEN NULL ELSE at END
FROM old_deletion JOIN old_row USING (row_id);

INSERT INTO source_row
SELECT line_id, run_id, sheet_id, row_number,
       CASE kind WHEN 'owner' THEN 'primary' ELSE kind END,
       cells, errors, row_id, part_of
FROM old_line;
INSERT INTO source_row (run_id, sheet_id, row_number, kind, cells, operation_id, part_of)
SELECT undo_sheet.run_id, undo_sheet.new_id, row_number,
       CASE kind WHEN 'owner' THEN 'primary' ELSE kind END,
       cells, operation.operation_id, part_of
FROM old_line
JOIN undo_sheet ON undo_sheet.old_id = old_line.sheet_id
JOIN operation ON operation.run_id = undo_sheet.run_id AND operation.offer_id = old_line.row_id
WHERE old_line.kind IN ('owner', 'part') ORDER BY undo_sheet.new_id, line_id;
INSERT INTO attempt SELECT attempt_id, row_id, run_id, number, started_at FROM old_attempt;
INSERT INTO transition (transition_id, operation_id, at, event, http_status, code, message)
SELECT move_id, row_id, at, CASE event WHEN 'created' THEN 'done' ELSE event END, http_status,
       code, message
FROM old_move;
INSERT INTO baseline SELECT row_id, remote_id FROM old_baseline;
INSERT INTO listing SELECT listing_id, digest, entries FROM old_listing;
INSERT INTO run_listing SELECT run_id, kind, listing_id, listed_at FROM old_run_listing;

DROP TABLE undo_sheet;
DROP TABLE old_run_listing;
DROP TABLE old_listing;
DROP TABLE old_deletion;
DROP TABLE old_baseline;
DROP TABLE old_move;
DROP TABLE old_attempt;
DROP TABLE old_line;
DROP TABLE old_row;
DROP TABLE old_sheet;
DROP TABLE old_source;
DROP TABLE old_run;
