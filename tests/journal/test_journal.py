"""The journal: one owner, sound or refused, every row once, totals that add up."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loader.errors import IllegalMove, JournalBusy, JournalError, JournalMismatch
from loader.journal import SourceInfo, StagedRow
from loader.journal.sql.event_changes import Attempt
from loader.journal.sqlite import SqliteJournal
from loader.model import Outcome, OutcomeKind, RowError
from tests.journal.played_runs import LOST, REFUSED
from tests.journal.sqlite_moves import CREATED, play
from tests.support.staged import TARGET, Ticking, journal, line, moves_of, stage

NOT_TAKEN = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="http-429", http_status=429)


def test_what_is_staged_is_due_and_told_once(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        bad = StagedRow(
            row_number=4,
            cells=("", ""),
            payload=None,
            errors=[RowError(row_number=4, column="name", cell="A4", code="x", message="m")],
        )
        run_id = stage(file, [line(2, "A"), line(3, "A"), bad, line(5, "B")])
        summary = file.history.summary(run_id)
        rows = list(file.history.results(run_id))

    assert (summary.read, summary.pending, summary.duplicate, summary.invalid) == (4, 2, 1, 1)
    assert [(row.row_number, row.status) for row in rows] == [
        *((2, "pending"), (3, "duplicate"), (4, "invalid"), (5, "pending"))
    ]


def test_totals_add_up_after_every_kind_of_outcome(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(n, f"N{n}") for n in range(2, 6)])
        play(file, run_id, CREATED, LOST, REFUSED)
        summary = file.history.summary(run_id)

    assert (summary.created, summary.unknown, summary.failed, summary.pending) == (1, 1, 1, 1)
    assert summary.read == 4


def test_the_death_of_the_process_turns_what_was_sending_into_doubt(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(2, "A"), line(3, "B")])
        moves = moves_of(file, run_id)
        with file.database.transaction():
            moves.start(moves.due(after=0, limit=1))
    with journal(tmp_path / "j") as file, file.lease(TARGET):
        doubts = moves_of(file, run_id).unknown(after=0, limit=9)

    assert [doubt.job.name for doubt in doubts] == ["A"]


@pytest.mark.parametrize(
    ("outcome", "content", "expected"),
    [
        (CREATED, "", "duplicate"),
        (CREATED, "changed", "invalid"),
        (REFUSED, "", "pending"),
        (REFUSED, "changed", "pending"),
        (LOST, "", "unknown"),
        (LOST, "changed", "invalid"),
        (None, "", "pending"),
        (None, "changed", "pending"),
        (NOT_TAKEN, "", "pending"),
        (NOT_TAKEN, "changed", "pending"),
    ],
)
def test_a_key_that_the_journal_knows(
    tmp_path: Path, outcome: Outcome | None, content: str, expected: str
) -> None:
    with journal(tmp_path / "j") as file:
        first = stage(file, [line(2, "A")])
        if outcome is not None:
            play(file, first, outcome)
        second = stage(file, [line(2, "A", content=content)], digest="other")
        (row,) = file.history.results(second)
        known = [each.error_code for each in [row]] + [error.code for error in row.errors]

    assert row.status == expected
    assert ("key-conflict" in known) == (expected == "invalid")


def test_a_row_that_may_be_created_already_is_told_how_to_find_out(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        first = stage(file, [line(2, "A")])
        play(file, first, LOST)
        second = stage(file, [line(2, "A", content="corrected")], digest="other")
        (found,) = file.history.errors(second)

    assert f"`loader reconcile {first}`" in found.error.suggestion
    assert "remove one of the two" not in found.error.suggestion


def test_a_dry_run_leaves_no_trace_for_the_next_load(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        stage(file, [line(2, "A")], dry_run=True)
        second = stage(file, [line(2, "A")])

        assert file.history.summary(second).pending == 1


def test_only_an_unfinished_run_over_the_same_bytes_is_gone_on_with(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        staging = file.staging
        run_id = stage(file, [line(2, "A")])
        same = [SourceInfo(path="offers.csv", digest="d")]
        other = [SourceInfo(path="offers.csv", digest="e")]

        def going_on(target: str, sources: list[SourceInfo], **read: str) -> str | None:
            return staging.resumable(target=target, sources=sources, options=read)

        assert going_on(TARGET, same) == run_id
        assert going_on(TARGET, other) is None
        assert going_on("elsewhere", same) is None
        assert going_on(TARGET, same, reading="another sheet") is None
        staging.end_run(run_id, reason="interrupted")
        assert going_on(TARGET, same) == run_id
        staging.end_run(run_id, reason="")
        assert going_on(TARGET, same) is None


@pytest.mark.parametrize("refused", [["A"], ["A", "A"]])
def test_a_stopped_run_is_gone_on_with_though_a_row_was_refused_and_is_there_twice(
    tmp_path: Path, refused: list[str]
) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(at, name) for at, name in enumerate([*refused, "B"], start=2)])
        play(file, run_id, REFUSED)
        file.staging.end_run(run_id, reason="interrupted")

        sources = [SourceInfo(path="offers.csv", digest="d")]
        assert file.staging.resumable(target=TARGET, sources=sources, options={}) == run_id


def test_a_second_loader_is_told_who_holds_the_journal(tmp_path: Path) -> None:
    with (
        journal(tmp_path / "j") as first,
        journal(tmp_path / "j") as second,
        first.lease(TARGET),
        pytest.raises(JournalBusy, match=f"process {os.getpid()}"),
        second.lease(TARGET),
    ):
        pass


def test_the_lease_ends_with_the_process(tmp_path: Path) -> None:
    script = (
        "import os, time; from pathlib import Path; from loader.journal import open_journal;"
        f"file = open_journal(Path({str(tmp_path / 'j')!r}), clock=time.time);"
        f"lease = file.lease({TARGET!r}); lease.__enter__(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)

    with journal(tmp_path / "j") as file:
        assert not file.history.lease_holders()  # nobody is shown who is dead
        with file.lease(TARGET):
            (alive,) = file.history.lease_holders()

    assert alive.pid == os.getpid()


def test_what_is_not_a_journal_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"this is not a database at all, but long enough to look at" * 20)
    with pytest.raises(JournalMismatch, match="not a journal"):
        SqliteJournal.open(text, clock=Ticking())
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(JournalMismatch, match="not a journal of this loader"):
        SqliteJournal.open(other, clock=Ticking())


def test_somebody_elses_database_is_not_touched(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(other)
    connection.execute("PRAGMA user_version = 3")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    held = other.read_bytes()
    for opened in (SqliteJournal.open, SqliteJournal.open_snapshot):
        with pytest.raises(JournalMismatch):
            opened(other, clock=Ticking())

    assert other.read_bytes() == held
    assert [each.name for each in tmp_path.iterdir()] == ["other.sqlite3"]


@pytest.mark.parametrize("place", ["folder", "/dev/null"])
def test_what_is_no_file_is_refused_in_true_words(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    for opened in (SqliteJournal.open, SqliteJournal.open_snapshot):
        with pytest.raises(JournalError, match="not a file"):
            opened(tmp_path / place, clock=Ticking())


def test_a_link_to_nowhere_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "j").symlink_to(tmp_path / "nowhere")
    with pytest.raises(JournalError, match="link"):
        SqliteJournal.open(tmp_path / "j", clock=Ticking())

    assert [each.name for each in tmp_path.iterdir()] == ["j"]


def rights(path: Path) -> dict[str, int]:
    """The rights of a folder and of what lies in it."""
    return {each.name: each.stat().st_mode & 0o777 for each in (path, *path.iterdir())}


def test_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "own" / "j"
    for _ in range(2):
        with journal(path) as file:
            stage(file, [line(2, "A")])
            assert rights(path.parent) == {
                "own": 0o700, "j": 0o600, "j-wal": 0o600, "j-shm": 0o600, "j.lock": 0o600,
            }  # fmt: skip
        path.chmod(0o644)
        path.parent.chmod(0o755)


def test_a_folder_with_other_files_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    (folder / "offers.csv").write_text("", "utf-8")
    with journal(folder / "j"):
        assert rights(folder)["project"] == 0o755
        assert rights(folder)["j"] == 0o600


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        file.database.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalMismatch, match="newer version"):
        SqliteJournal.open(tmp_path / "j", clock=Ticking())


def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        stage(file, [line(n, f"N{n}") for n in range(2, 400)])
    content = bytearray((tmp_path / "j").read_bytes())
    content[8192:16384] = os.urandom(8192)
    (tmp_path / "j").write_bytes(content)

    with pytest.raises(JournalMismatch):
        SqliteJournal.open(tmp_path / "j", clock=Ticking())


def test_a_journal_is_sound_whose_wal_was_being_moved_into_it_when_its_process_died(
    tmp_path: Path,
) -> None:
    """The first page says a size by then that the file has not: the other pages are in the WAL."""
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(n, f"N{n}") for n in range(2, 300)])
        before, wal = ((tmp_path / name).read_bytes() for name in ("j", "j-wal"))
    after = (tmp_path / "j").read_bytes()
    assert len(after) > len(before)
    (tmp_path / "died").write_bytes(after[:4096] + before[4096:])
    (tmp_path / "died-wal").write_bytes(wal)

    with journal(tmp_path / "died") as file:
        assert file.history.summary(run_id).pending == 298


def test_a_journal_deleted_in_mid_run_stops_the_next_step(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        (tmp_path / "j").unlink()
        with (
            pytest.raises(JournalError, match="deleted or replaced"),
            file.database.transaction(),
        ):
            pass


def test_a_journal_where_nothing_may_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(JournalError, match="--journal PATH"):
        SqliteJournal.open(tmp_path / "file" / "j", clock=Ticking())


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(2, "A")])
        moves = moves_of(file, run_id)
        (job,) = moves.due(after=0, limit=9)

        def fail() -> None:
            with file.database.transaction():
                moves.start([job])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert [each.operation_id for each in moves.due(after=0, limit=9)] == [job.operation_id]


def test_an_attempt_needs_an_operation_in_the_right_state(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [line(2, "A"), line(3, "B")])
        moves = moves_of(file, run_id)
        a, b = moves.due(after=0, limit=9)
        with file.database.transaction():
            moves.start([a])
        with pytest.raises(IllegalMove, match="sending"), file.database.transaction():
            moves.start([b, a])
        with pytest.raises(IllegalMove, match="pending"), file.database.transaction():
            moves.finish([Attempt(a, REFUSED), Attempt(b, REFUSED)])
        with pytest.raises(JournalError, match="no operation 99"), file.database.transaction():
            moves.start([replace(a, operation_id=99)])

        assert [job.name for job in moves.due(after=0, limit=9)] == ["B"]
