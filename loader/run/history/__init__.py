"""Look at runs in the journal, write their results again, verify them. Nothing is sent."""
