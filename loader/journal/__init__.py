"""The journal: the truth about every run, in SQLite.

opening   one file, one connection, one owner; born whole, opened only when sound
staging   what was read: the runs, and every source row once
arrivals  what becomes of a row whose key is known: every offer once per target
moves     what happened to rows: each move through the life cycle's table
history   what is told about runs: totals, results, findings
ledger    the moves, for the engine: asynchronous, in group commits
deletions what an undo deleted
drops     which runs know the bytes of a dropped file
listings  what the target listed when names were looked up
migrations how a journal of an older format becomes the newest
"""

from loader.journal.database import JournalFile
from loader.journal.deletions import Deletion, Deletions
from loader.journal.drops import RunsByContent
from loader.journal.history import History
from loader.journal.keys import StagedLine
from loader.journal.ledger import AsyncLedger
from loader.journal.listings import Listings
from loader.journal.rows import RowTransitions
from loader.journal.staging import SourceInfo, Staging

__all__ = [
    "AsyncLedger",
    "Deletion",
    "Deletions",
    "History",
    "JournalFile",
    "Listings",
    "RowTransitions",
    "RunsByContent",
    "SourceInfo",
    "StagedLine",
    "Staging",
]
