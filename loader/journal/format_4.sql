-- Format 4: the words of the states of operations and of the kinds of source rows.
UPDATE row SET state = 'done' WHERE state = 'created';
UPDATE move SET event = 'done' WHERE event = 'created';
UPDATE line SET kind = 'primary' WHERE kind = 'owner';
