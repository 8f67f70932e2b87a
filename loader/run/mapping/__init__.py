"""Column profiles of sheets with headings of their own: of a run, saved, or newly drafted."""
