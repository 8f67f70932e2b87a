"""Send a staged run: one loader per target, the engine, and the report of how it ended."""
