"""Check sources. Nothing is sent, nothing is journaled."""
