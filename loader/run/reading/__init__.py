"""Read a source into rows: checked, with the names of the target looked up, keys noted."""
