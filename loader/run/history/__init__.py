"""Read runs of the journal, write their results again, verify them. Nothing is sent."""
