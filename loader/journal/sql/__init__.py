"""The journal in tables: what its two databases share.

database       what is needed of a database
journal        an open journal: what both databases do alike
statements     named SQL; postgres/ has its own where the dialects differ
staging        what was read: runs, sources, source rows
key_resolver   what becomes of a row whose key is known; key_conflict: why nothing can;
               replaced_rows: what earlier rows say where it comes instead
planned_rows   what is to be done to offers that exist; plans: a plan that is applied
transitions    what happened to operations; event_changes: what an event changes
operations     the same for the engine, in group commits
history        what can be read of runs
lease_holders  who holds the leases; snapshots, claims, audit: the other tables
"""
