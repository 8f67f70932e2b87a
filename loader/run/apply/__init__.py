"""Apply a plan, load a file, go on with a run, decide what happened to an unknown row."""
