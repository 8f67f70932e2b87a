-- Format 3: rows that are further parts of an offer, each by the row number of its first row.
ALTER TABLE line ADD COLUMN part_of INTEGER;
