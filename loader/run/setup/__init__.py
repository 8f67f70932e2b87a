"""Set the loader up: does it work here, which names has the target, where is the journal."""
