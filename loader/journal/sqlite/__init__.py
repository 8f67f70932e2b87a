"""The journal in SQLite: embedded, one file, the default.

files        the file: made whole, looked at before it is touched, readable by its owner only
database     a connection: transactions of one writer at a time, or a snapshot for reading
claims       what inboxes took, also before format 4
lease        who may stage and apply for a target
migrations   how a journal of an older format becomes the newest
"""

from loader.journal.sqlite.journal import SqliteJournal

__all__ = ["SqliteJournal"]
