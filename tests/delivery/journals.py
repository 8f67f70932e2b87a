"""Journals of simulations, of which there are thousands: they need not outlive the machine."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from loader.journal.sqlite import SqliteJournal
from tests.delivery.virtual_time import START


def opened(path: Path) -> SqliteJournal:
    """Open a new journal."""
    path.write_bytes(_empty())
    file = SqliteJournal.open(path, clock=lambda: START)
    file.database.connection.execute("PRAGMA synchronous = OFF")
    return file


def remove(folder: Path, seed: int) -> None:
    """Remove the journal of a seed."""
    for leftover in folder.glob(f"{seed}.sqlite3*"):
        leftover.unlink()


@cache
def _empty() -> bytes:
    """Return a new journal. To make one takes as long as a sixth of a simulation."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        SqliteJournal.open(path, clock=lambda: START).close()
        return path.read_bytes()
