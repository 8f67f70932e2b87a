"""CSV and its relatives: encoding, dialect, records."""
