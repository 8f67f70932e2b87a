"""A journal is copied from one database to the other and back: whole, compared, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.errors import JournalError, JournalMismatch
from loader.journal import (
    Journal,
    JournalPlace,
    copy_journal,
    copy_tables,
    open_journal,
    read_journal,
)
from loader.journal.postgres.copy import PostgresCopy
from loader.journal.sqlite.copy import SqliteCopy
from loader.journal_address import DatabaseAddress
from loader.model import Receipt, RemoteOffer
from tests.journal.played_runs import LOST, REFUSED, created, played, staged, statuses
from tests.support.staged import TARGET, Ticking, line

if TYPE_CHECKING:
    from tests.support.postgres import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
def address(postgres: "Server") -> Iterator[DatabaseAddress]:
    with postgres.database() as database:
        yield postgres.address(database)


def copied(original: JournalPlace, place: JournalPlace) -> copy_tables.CopyReport:
    return copy_journal(original, place, clock=Ticking(), report=lambda _: None)


async def filled(place: JournalPlace) -> str:
    """Make a journal in which every kind of row is; return its run."""
    with open_journal(place, clock=Ticking()) as journal:
        rows = [line(number, name) for number, name in enumerate("ABCDE", start=2)]
        run = staged(journal, [*rows, line(7, "A")])
        with journal.lease(TARGET) as lease:
            async with journal.operations(run, lease=lease) as operations:
                there = RemoteOffer(receipt=Receipt(instance_id="r", at_id=""), name="E", offer={})
                await operations.mark_existing([there], deleted_before=0.0)
        await played(journal, run, A=created("i-A"), B=REFUSED, C=LOST)
        journal.staging.store_listing(run, "tags", [{"id": "t", "name": "T"}])
        snapshot = journal.snapshots.begin(target=TARGET, kind="k", names={}, path="p")
        journal.snapshots.add(snapshot, [there])
        journal.claims.begin("t", inbox="in", folder="", name="a.csv")
        journal.claims.set_outage("in", folder="", report="{}")
        journal.audit.approve(run, digest="d", target=TARGET, words="yes")
        journal.staging.end_run(run, reason="")
    return run


def told(journal: Journal, run: str) -> object:
    return (
        list(journal.history.results(run)),
        journal.history.run(run),
        journal.history.listings(run),
        journal.claims.open("in"),
        journal.audit.approvals(run),
        journal.audit.broken_at(),
    )


async def test_there_and_back_everything_is_as_it_was_and_goes_on(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    first, last = tmp_path / "first.sqlite3", tmp_path / "last.sqlite3"
    run = await filled(first)
    with open_journal(first, clock=Ticking()) as journal:
        before = told(journal, run)
    there, back = copied(first, address), copied(address, last)
    for place in (address, last):
        with open_journal(place, clock=Ticking()) as journal:
            assert told(journal, run) == before
    assert there.added == sum(there.rows.values())
    assert {table for table, count in there.rows.items() if not count} == set()
    assert back.rows["operation"] == there.rows["operation"] == 5
    with open_journal(last, clock=Ticking()) as journal:
        await played(journal, run, D=created("i-D"))
        again = staged(journal, [line(2, "A"), line(3, "F")], digest="2")
        assert statuses(journal, run)[3] == "created"
        assert statuses(journal, again) == ["duplicate", "pending"]


def refused_as_moved(place: JournalPlace, to: str = "") -> None:
    with (
        open_journal(place, clock=Ticking()) as journal,
        pytest.raises(JournalMismatch, match=f"was moved to {to}"),
        journal.lease(TARGET),
    ):
        pass


async def test_the_original_says_where_it_went_and_is_used_no_more(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    original = tmp_path / "j.sqlite3"
    run = await filled(original)
    copied(original, address)
    refused_as_moved(original, "postgresql://")
    with open_journal(address, clock=Ticking()) as journal, journal.lease(TARGET):
        assert len(statuses(journal, run)) == 6
    copied(address, tmp_path / "back.sqlite3")
    refused_as_moved(address, r".*/back\.sqlite3 with")


async def test_a_copy_that_stopped_is_no_journal_and_goes_on(
    tmp_path: Path, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = tmp_path / "j.sqlite3"
    await filled(original)
    monkeypatch.setattr(copy_tables, "_GROUP", 2)

    def stop(what: str) -> None:
        if what == "copying transition":
            raise KeyboardInterrupt

    for place in (address, tmp_path / "other.sqlite3"):
        with pytest.raises(KeyboardInterrupt):
            copy_journal(original, place, clock=Ticking(), report=stop)
        for opened in (open_journal, read_journal):
            with pytest.raises(JournalMismatch, match="not finished"):
                opened(place, clock=Ticking())
    assert not (tmp_path / "other.sqlite3").exists()
    again = copied(original, address)

    assert 0 < again.added < sum(again.rows.values())


async def test_of_the_original_and_the_copy_never_both_can_be_used(
    tmp_path: Path, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What dies just before its last step has that left to do, and nothing else."""
    first, last = tmp_path / "first.sqlite3", tmp_path / "last.sqlite3"
    run = await filled(first)
    with open_journal(first, clock=Ticking()) as journal:
        before = told(journal, run)
    for kind, original, place in ((PostgresCopy, first, address), (SqliteCopy, address, last)):
        with monkeypatch.context() as patch:
            patch.setattr(kind, "finish", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                copied(original, place)
        refused_as_moved(original)
        with pytest.raises(JournalMismatch, match="not finished: run the same") as unfinished:
            open_journal(place, clock=Ticking())
        assert "to give it up" not in str(unfinished.value)  # it is the only journal now

        assert copied(original, place).added == 0

        with open_journal(place, clock=Ticking()) as journal, journal.lease(TARGET):
            assert told(journal, run) == before
        with pytest.raises(JournalError, match="already"):
            copied(original, place)


def _interrupted(_: object) -> None:
    raise KeyboardInterrupt


async def test_a_copy_that_differs_is_not_used(
    tmp_path: Path, postgres: "Server", address: DatabaseAddress
) -> None:
    original = tmp_path / "j.sqlite3"
    await filled(original)

    def spoil(what: str) -> None:
        if what == "comparing":
            database = address.url.rpartition("/")[2]
            postgres.run("UPDATE operation SET attempts = 9", database=database)

    with pytest.raises(JournalError, match=r"differs .* in the table operation"):
        copy_journal(original, address, clock=Ticking(), report=spoil)
    with pytest.raises(JournalMismatch, match="not finished"):
        open_journal(address, clock=Ticking())


async def test_a_journal_that_nobody_has_used_takes_a_copy(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    """The doctor made it, or a load that was refused."""
    original = tmp_path / "j.sqlite3"
    await filled(original)
    open_journal(address, clock=Ticking()).close()

    assert copied(original, address).rows["operation"] == 5


async def test_nothing_is_copied_over_a_journal_or_while_somebody_loads(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    original = tmp_path / "j.sqlite3"
    await filled(original)
    for place in (address, tmp_path / "there.sqlite3"):
        await filled(place)
        with pytest.raises(JournalError, match="already"):
            copied(original, place)
    with (
        open_journal(original, clock=Ticking()) as journal,
        journal.lease(TARGET),
        pytest.raises(JournalError, match="in use by another loader"),
    ):
        copied(original, tmp_path / "other.sqlite3")
