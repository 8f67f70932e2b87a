"""Take back what a run did, or go back to a moment."""
