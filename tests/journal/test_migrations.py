"""A journal of an older format opens, keeps what it holds, and becomes the newest."""

import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest

from loader.errors import JournalError
from loader.journal import History, JournalFile, Listings, SourceInfo, Staging
from loader.journal.database import APPLICATION_ID
from loader.journal.migrations import VERSION


def journal_of_format_1(path: Path) -> None:
    """Write a journal as the first format was, with one run."""
    connection = sqlite3.connect(path)
    connection.executescript(files("loader.journal").joinpath("journal.sql").read_text("utf-8"))
    connection.execute(
        "INSERT INTO run (run_id, target, command, options, dry_run, started_at)"
        " VALUES ('old', 'there', 'load', '{}', 0, 1.0)"
    )
    connection.execute("INSERT INTO source VALUES ('old', 0, 'offers.csv', 'abc')")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()


def test_a_journal_of_the_first_format_is_brought_to_the_newest(tmp_path: Path) -> None:
    journal_of_format_1(tmp_path / "journal.sqlite3")

    for _ in range(2):
        with JournalFile.open(tmp_path / "journal.sqlite3", clock=lambda: 2.0) as file:
            run = History(file).run("old")
            assert run is not None
            assert dict(run.sources) == {"offers.csv": "abc"}
            (version,) = file.connection.execute("PRAGMA user_version").fetchone()
            assert version == VERSION


def test_an_old_journal_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    journal_of_format_1(tmp_path / "old.sqlite3")
    schemas = []
    for name in ("old.sqlite3", "new.sqlite3"):
        with JournalFile.open(tmp_path / name, clock=lambda: 2.0) as file:
            schemas.append(
                file.connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
            )

    assert schemas[0] == schemas[1]


def test_a_listing_is_kept_for_each_run_and_stored_once(tmp_path: Path) -> None:
    entries = [{"id": "p1", "name": "Banner", "formats": ["image/png"]}]
    with JournalFile.open(tmp_path / "journal.sqlite3", clock=lambda: 2.0) as file:
        runs = [
            Staging(file).begin(
                target="there",
                command="load",
                sources=[SourceInfo(path="offers.csv", digest="abc")],
                options={},
                dry_run=False,
            )
            for _ in range(2)
        ]
        for run_id in runs:
            assert Listings(file, run_id).held() == {}
            Listings(file, run_id).hold("placements", entries)

        held = [Listings(file, run_id).held() for run_id in runs]
        assert held == [{"placements": entries}] * 2
        (count,) = file.connection.execute("SELECT count(*) FROM listing").fetchone()
        assert count == 1


def test_a_step_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal_of_format_1(path)
    in_the_way(path, "CREATE TABLE run_listing (x)")

    with pytest.raises(JournalError, match="run_listing"):
        JournalFile.open(path, clock=lambda: 2.0)

    in_the_way(path, "DROP TABLE run_listing")
    with JournalFile.open(path, clock=lambda: 2.0) as file:
        assert History(file).runs() == ("old",)
        assert Listings(file, "old").held() == {}


def in_the_way(path: Path, sql: str) -> None:
    """Change the journal behind the loader's back."""
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()
