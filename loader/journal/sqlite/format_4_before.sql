-- Format 4, first step: the tables of format 3 make room for those of schema.sql.
ALTER TABLE run RENAME TO old_run;
ALTER TABLE source RENAME TO old_source;
ALTER TABLE sheet RENAME TO old_sheet;
ALTER TABLE row RENAME TO old_row;
ALTER TABLE line RENAME TO old_line;
ALTER TABLE attempt RENAME TO old_attempt;
ALTER TABLE move RENAME TO old_move;
ALTER TABLE baseline RENAME TO old_baseline;
ALTER TABLE deletion RENAME TO old_deletion;
ALTER TABLE listing RENAME TO old_listing;
ALTER TABLE run_listing RENAME TO old_run_listing;
