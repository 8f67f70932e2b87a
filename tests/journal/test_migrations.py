"""A journal of an older format opens, keeps what it holds, and becomes the newest.

`fixtures/format_N.sqlite3` was written by the code that had that format: commit 6bfca8d~1 for 1,
122751f for 2, 9bb1788 (the released one) for 3, each with the `tests/journal/staged.py` of that
commit (it is now `tests/support/staged.py`) and its clock. In each, the first run read the rows 2
to 15 of offers.csv, one for every ending of a row: Created, Kept, Deleted, Gone, Deleting (all five
created; the last four undone with that result), Refused, Lost (with `id-before` in its baseline),
No ids (2xx without ids), Busy (429), Sending (the process died), row 12 equal to row 2, row 13
invalid, row 14 with the key of row 2 and other contents, Unsent. Format 2 adds a skipped row 16 and
a listing, format 3 an offer of the rows 17 and 18. The second run is a dry run over Created and
Never, the third loaded Deleted and Created.
"""

import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from loader.errors import JournalError
from loader.journal.sqlite import SqliteJournal
from loader.journal.sqlite.migrations import VERSION
from loader.model import Operation
from tests.support.staged import TARGET, Ticking, line, moves_of, stage

FIXTURES = Path(__file__).with_name("fixtures")
FORMATS = pytest.mark.parametrize("number", [1, 2, 3])
ENDINGS = {
    2: "created",
    3: "created",  # an undo kept it
    4: "undone",
    5: "undone",
    6: "created",  # nobody saw what became of its deletion
    7: "failed",
    8: "unknown",
    9: "unknown",
    10: "pending",
    11: "unknown",  # was being sent when the process died
    12: "duplicate",
    13: "invalid",
    14: "invalid",
    15: "pending",
}


def old_journal(folder: Path, number: int) -> Path:
    """A copy of the journal of a format."""
    path = folder / f"format_{number}.sqlite3"
    shutil.copy(FIXTURES / path.name, path)
    return path


def opened(path: Path) -> SqliteJournal:
    """Open it as of now."""
    return SqliteJournal.open(path, clock=Ticking())


@FORMATS
def test_every_row_of_an_old_journal_ends_as_it_did(tmp_path: Path, number: int) -> None:
    path = old_journal(tmp_path, number)
    expected = dict(ENDINGS)
    if number >= 2:
        expected[16] = "skipped"
    if number >= 3:
        expected |= {17: "created", 18: "created"}

    for _ in range(2):
        with opened(path) as journal:
            history = journal.history
            undo, again, dry, first = history.runs()
            results = {row.row_number: row for row in history.results(first)}
            totals = Counter(expected[row] for row in expected if row != 18)
            summary = history.summary(first)

            assert {row: each.status for row, each in results.items()} == expected
            assert {status: getattr(summary, status) for status in totals} == totals
            assert (summary.read, summary.parts) == (len(expected), int(number >= 3))
            assert results[2].instance_id.startswith("id-")
            assert results[7].error_code == "http-400"
            assert [error.code for error in results[13].errors] == ["missing-value"]
            assert history.listings(first) == (
                {"placements": [{"id": "p1", "name": "Banner"}]} if number >= 2 else {}
            )
            assert [row.status for row in history.results(again)] == ["created", "duplicate"]
            assert [row.status for row in history.results(dry)] == ["duplicate", "pending"]
            assert [row.payload for row in history.results(dry)][1]
            assert _version(path) == VERSION

            record = history.run(undo)
            assert record is not None
            assert (record.command, record.of_run, record.target) == ("undo", first, TARGET)
            assert [(row.row_number, row.status) for row in history.results(undo)] == [
                *((3, "failed"), (4, "deleted"), (5, "deleted"), (6, "unknown"))
            ]
            assert [row.error_code for row in history.results(undo)] == [
                *("edited", "", "already-gone", "interrupted")
            ]


@FORMATS
def test_the_same_load_again_creates_nothing_that_exists(tmp_path: Path, number: int) -> None:
    with opened(old_journal(tmp_path, number)) as journal, journal.lease(TARGET):
        names = ["Created", "Kept", "Refused", "Lost", "No ids", "Busy", "Sending", "Unsent"]
        run = stage(journal, [line(at, name) for at, name in enumerate(names, start=2)])
        endings = [row.status for row in journal.history.results(run)]
        due = [job.name for job in moves_of(journal, run).due(after=0, limit=99)]
        unknown = moves_of(journal, run).unknown(after=0, limit=99)

    assert endings == [
        *(
            "duplicate",
            "duplicate",
            "pending",
            "unknown",
            "unknown",
            "pending",
            "unknown",
            "pending",
        )
    ]
    assert due == ["Refused", "Busy", "Unsent"]
    assert [(each.job.name, each.must_exist) for each in unknown] == [
        *(("Lost", False), ("No ids", True), ("Sending", False))
    ]
    assert unknown[0].baseline == {"id-before"}


@FORMATS
def test_an_undo_of_an_old_journal_is_continued(tmp_path: Path, number: int) -> None:
    with opened(old_journal(tmp_path, number)) as journal, journal.lease(TARGET):
        undo, *_, first = journal.history.runs()

        assert journal.staging.begin_undo(first, options={}) == undo

        kept, added, *_ = moves_of(journal, undo).due(after=0, limit=9)
        (deleting,) = moves_of(journal, undo).unknown(after=0, limit=9)
        assert (kept.name, kept.operation) == ("Kept", Operation.DELETE)
        assert (deleting.job.name, deleting.job.operation) == ("Deleting", Operation.DELETE)
        assert kept.remote_id.startswith("id-")
        assert b'"Kept"' in kept.body
        assert added.name == "Created"  # the undo had no delete of it


@FORMATS
def test_a_key_that_is_being_deleted_is_not_taken_for_created(tmp_path: Path, number: int) -> None:
    with opened(old_journal(tmp_path, number)) as journal, journal.lease(TARGET):
        undo, *_ = journal.history.runs()
        run_of_undo = journal.history.summary(undo).undo_of
        run = stage(journal, [line(2, "Deleting")])
        (found,) = journal.history.errors(run)

    assert found.error.code == "key-conflict"
    assert f"the undo of run {run_of_undo}" in found.error.message
    assert f"`loader undo {run_of_undo}`" in found.error.suggestion


@FORMATS
def test_an_old_journal_has_the_tables_of_a_new_one(tmp_path: Path, number: int) -> None:
    old, new = old_journal(tmp_path, number), tmp_path / "new.sqlite3"
    for path in (old, new):
        opened(path).close()

    assert _schema(old) == _schema(new)
    assert _all(old, "PRAGMA foreign_key_check") == []


def test_a_step_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = old_journal(tmp_path, 1)
    _all(path, "CREATE TABLE run_listing (x)")

    with pytest.raises(JournalError, match="run_listing"):
        opened(path)

    assert _version(path) == 1
    _all(path, "DROP TABLE run_listing")
    with opened(path) as journal:
        assert len(journal.history.runs()) == 4


def test_an_old_journal_is_migrated_by_whoever_only_reads(tmp_path: Path) -> None:
    path = old_journal(tmp_path, 3)
    with SqliteJournal.open_snapshot(path, clock=Ticking()) as journal:
        assert len(journal.history.runs()) == 4


def test_a_listing_is_kept_for_each_run_and_stored_once(tmp_path: Path) -> None:
    entries = [{"id": "p1", "name": "Banner", "formats": ["image/png"]}]
    with opened(tmp_path / "journal.sqlite3") as journal:
        runs = [stage(journal, []) for _ in range(2)]
        for run_id in runs:
            assert journal.history.listings(run_id) == {}
            journal.staging.store_listing(run_id, "placements", entries)

        held = [journal.history.listings(run_id) for run_id in runs]
    assert held == [{"placements": entries}] * 2
    assert _all(tmp_path / "journal.sqlite3", "SELECT count(*) FROM listing") == [(1,)]


def _version(path: Path) -> int:
    return int(_all(path, "PRAGMA user_version")[0][0])


def _schema(path: Path) -> list[tuple[str]]:
    return _all(path, "SELECT sql FROM sqlite_schema ORDER BY name")


def _all(path: Path, sql: str) -> list[tuple]:
    """Run a statement behind the loader's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
