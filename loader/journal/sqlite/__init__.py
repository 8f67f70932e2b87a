"""The journal in SQLite: embedded, one file, the default.

files        the file: made whole, looked at before it is touched, readable by its owner only
database     a connection: transactions of one writer at a time, or a snapshot for reading
staging      what was read; keys: what becomes of a row whose key is known
transitions  what happened to operations; operations: the same for the engine, in group commits
history      what is told about runs
claims       what inboxes took
lease        who may stage and apply for a target
migrations   how a journal of an older format becomes the newest
"""

from loader.journal.sqlite.journal import SqliteJournal

__all__ = ["SqliteJournal"]
