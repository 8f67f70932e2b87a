"""Take back what a run did, or plan the changes back to a moment."""
