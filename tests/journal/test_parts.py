"""Rows that are one offer: the first owns it, the others stand as it does, and totals add up."""

from dataclasses import replace
from pathlib import Path

from loader.journal import StagedRow
from loader.journal.sqlite import SqliteJournal
from loader.run_results import ResultRow
from tests.journal.played_runs import REFUSED
from tests.journal.sqlite_moves import CREATED, play
from tests.support.staged import journal, line, stage


def offer(first: int, name: str, *, rows: int, content: str = "") -> list[StagedRow]:
    """An offer of several rows."""
    part = StagedRow(row_number=0, cells=("", ""), payload=None, part_of=first)
    parts = [replace(part, row_number=first + number) for number in range(1, rows)]
    return [line(first, name, content=content), *parts]


def told(file: SqliteJournal, run_id: str) -> list[ResultRow]:
    """Every row of a run."""
    return list(file.history.results(run_id))


def test_parts_stand_as_their_offer_does_and_are_counted_once(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [*offer(2, "A", rows=3), *offer(5, "B", rows=2), line(7, "C")])
        waiting = file.history.summary(run_id)
        play(file, run_id, CREATED, REFUSED)
        summary = file.history.summary(run_id)
        rows = told(file, run_id)
        found = [each.error.code for each in file.history.errors(run_id)]
        (first, *_), (part, *_) = (
            file.history.source_rows(run_id, number, source=None, sheet=None) for number in (2, 4)
        )

    assert (waiting.read, waiting.pending, waiting.parts) == (6, 3, 3)
    assert (summary.created, summary.failed, summary.pending, summary.parts) == (1, 1, 1, 3)
    assert [row.status for row in rows] == [*["created"] * 3, *["failed"] * 2, "pending"]
    assert [row.part_of for row in rows] == [None, 2, 2, None, 5, None]
    assert {row.instance_id for row in rows[:3]} == {"i-1"}
    assert found == ["http-400"]  # once, though two rows of the results say it
    assert first == part


def test_a_load_again_finds_nothing_new_and_a_conflict_is_told_in_every_row(
    tmp_path: Path,
) -> None:
    with journal(tmp_path / "j") as file:
        first = stage(file, offer(2, "A", rows=3), digest="1")
        play(file, first, CREATED)
        again = stage(file, [*offer(2, "A", rows=3), *offer(5, "A", rows=2, content="x")])
        rows = told(file, again)
        summary = file.history.summary(again)

    assert (summary.duplicate, summary.invalid, summary.parts) == (3, 2, 0)
    assert [row.status for row in rows] == [*["duplicate"] * 3, *["invalid"] * 2]
    assert {row.instance_id for row in rows[:3]} == {"i-1"}
    assert [[error.code for error in row.errors] for row in rows[3:]] == [
        ["key-conflict"],
        ["part-of-invalid"],
    ]
    assert "because of row 5" in rows[4].errors[0].message
    assert "from row 2 of" in rows[3].errors[0].message


def test_offers_of_more_rows_than_one_look_up_takes_stay_whole(tmp_path: Path) -> None:
    lines = [each for at in range(200) for each in offer(2 + 3 * at, f"N{at}", rows=3)]
    with journal(tmp_path / "j") as file:
        run_id = stage(file, [*lines, *offer(602, "N0", rows=3), *offer(605, "N1", rows=2)])
        summary = file.history.summary(run_id)
        owned = file.database.connection.execute(
            "SELECT count(DISTINCT operation_id), count(*) FROM source_row"
            " WHERE kind <> 'duplicate' GROUP BY coalesce(part_of, row_number)"
        ).fetchall()

    assert (summary.pending, summary.parts, summary.duplicate) == (200, 400, 5)
    assert owned == [(1, 3)] * 200
