"""The claims of an inbox live in the journal; those of an older ledger are taken over once."""

import sqlite3
from pathlib import Path

import pytest

from loader.errors import JournalMismatch
from loader.inbox.drops import (
    Claim,
    Counts,
    Drop,
    DropOutcome,
    DropReport,
    FinalFolder,
    Outage,
    Place,
    TroubleKind,
)
from loader.inbox.ledger import Ledger

# The tables of the released code (commit 9bb1788, loader/inbox/ledger.sql).
OLD_TABLES = """
CREATE TABLE claim (
  token TEXT PRIMARY KEY, inbox TEXT NOT NULL, folder TEXT NOT NULL, name TEXT NOT NULL,
  claimed_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  strikes INTEGER NOT NULL DEFAULT 0, surprises INTEGER NOT NULL DEFAULT 0,
  looks INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'claimed', shelf TEXT NOT NULL DEFAULT '',
  day TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '', run_id TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '', finished_at REAL,
  report TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE trouble (
  inbox TEXT NOT NULL, folder TEXT NOT NULL, report TEXT NOT NULL, PRIMARY KEY (inbox, folder)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x464F4C32;
PRAGMA user_version = 1;
"""


def report(token: str, outcome: DropOutcome) -> DropReport:
    drop = Drop(inbox="in", folder="", name=f"{token}.csv", token=token, claimed_at=1.0)
    return DropReport(
        drop=drop,
        outcome=outcome,
        reason="why",
        digest="d",
        counts=Counts(read=2, unknown=2),
        file=f"/in/{token}.csv",
        finished_at=5.0,
    )


def opened(folder: Path) -> Ledger:
    return Ledger.open(folder / "journal.sqlite3", inbox="in", clock=lambda: 9.0)


def as_the_released_code_left_it(folder: Path) -> Path:
    """A ledger with a claim in each state, and an outage, in the tables of the released code."""
    with opened(folder / "now") as ledger:
        for token in ("claimed", "waiting", "ended", "moved", "told"):
            ledger.begin(Claim(token=token, name=f"{token}.csv"), folder="")
        ledger.wait(report("waiting", DropOutcome.WAITING))
        for token in ("ended", "moved", "told"):
            place = Place(folder=FinalFolder.DONE, day="2026-01-01", name=f"{token}.csv")
            ledger.end(report(token, DropOutcome.LOADED), place)
        ledger.mark_moved("moved")
        ledger.mark_notified("told")
        ledger.record_outage(
            Outage(
                inbox="in", folder="", kind=TroubleKind.API, message="m", since=1.0, again_at=2.0
            )
        )
    old = folder / "journal.inbox.sqlite3"
    connection = sqlite3.connect(old)
    connection.executescript(OLD_TABLES)
    connection.execute("ATTACH ? AS now", (str(folder / "now" / "journal.sqlite3"),))
    names = ", ".join(row[1] for row in connection.execute("PRAGMA main.table_info(claim)"))
    connection.execute(f"INSERT INTO main.claim SELECT {names} FROM now.claim")
    connection.execute("INSERT INTO main.trouble SELECT * FROM now.outage")
    connection.commit()
    connection.close()
    return old


def contents(ledger: Ledger) -> tuple[object, ...]:
    return (
        ledger.open_claims(),
        ledger.unsettled(""),
        ledger.outages(),
        ledger.last_success(""),
        ledger.report_of_file("/in/told.csv"),
        ledger.earlier_report(report("new", DropOutcome.LOADED)),
    )


def test_a_ledger_of_before_is_taken_over_whole_and_once(tmp_path: Path) -> None:
    old = as_the_released_code_left_it(tmp_path)
    with opened(tmp_path / "now") as ledger:
        expected = contents(ledger)

    with opened(tmp_path) as ledger:
        assert contents(ledger) == expected
        assert [claim.name for _, claim, _, _ in ledger.open_claims()] == [
            "claimed.csv",
            "waiting.csv",
        ]
        ledger.mark_notified("ended")
        before = contents(ledger)
    assert not old.exists()
    assert old.with_name(f"{old.name}.imported").exists()
    with opened(tmp_path) as ledger:
        assert contents(ledger) == before


def test_dying_before_the_old_ledger_is_put_aside_loses_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    old = as_the_released_code_left_it(tmp_path)
    held = old.read_bytes()
    with opened(tmp_path) as ledger:
        ledger.mark_notified("ended")
        before = contents(ledger)
    old.write_bytes(held)

    with opened(tmp_path) as ledger:
        assert contents(ledger) == before


def test_a_status_reads_an_old_ledger_too_and_a_watcher_may_work_meanwhile(tmp_path: Path) -> None:
    as_the_released_code_left_it(tmp_path)
    path = tmp_path / "journal.sqlite3"
    with Ledger.read(path, inbox="in", clock=lambda: 9.0) as first:
        expected = contents(first)
    with opened(tmp_path), Ledger.read(path, inbox="in", clock=lambda: 9.0) as second:
        assert contents(second) == expected


def test_what_is_no_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "journal.inbox.sqlite3"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    held = other.read_bytes()

    with pytest.raises(JournalMismatch, match="not a ledger"):
        opened(tmp_path)
    assert other.read_bytes() == held
