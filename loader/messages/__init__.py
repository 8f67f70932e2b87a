"""Messages as data: what can be wrong, why, and what to do."""
