"""The journal in tables: what its two databases share.

database     what is needed of a database
journal      an open journal: what both databases do alike
statements   named SQL; postgres/ has its own where the dialects differ
staging      what was read; keys, changes, plans: what becomes of each row
transitions  what happened to operations; record: as data; operations: in group commits
history      what can be read of runs; snapshots, claims, audit: the other tables
"""
