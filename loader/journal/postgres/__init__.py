"""The journal in PostgreSQL: shared by several machines, one owner per target at a time.

statements   translates the statements of journal/sql for PostgreSQL; own.sql: those that differ
             there; groups.sql: those that take many rows at once, as arrays
session      a connection: how it is made, and its errors in our words
connection   runs statements, and sends those that return nothing together
database     transactions, and reading beside them
tables       how the tables are made, and whose they are
lease        who may stage and apply for a target: an advisory lock of the session that writes
"""

from loader.journal.postgres.journal import PostgresJournal

__all__ = ["PostgresJournal"]
