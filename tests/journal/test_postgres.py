"""What only a journal in PostgreSQL has: owners that die, freeze or are cut off, and its server."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.errors import JournalBusy, JournalError, JournalMismatch
from loader.journal import (
    Journal,
    StagedRow,
    open_journal,
    read_journal,
    warnings_about,
)
from loader.journal.postgres import database as postgres_database
from loader.journal.postgres import dead_server, session
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.session import connect
from loader.journal_address import DatabaseAddress
from loader.model import Outcome, OutcomeKind, RowError
from tests.journal.played_runs import LOST, OTHER_TARGET, played, staged, statuses
from tests.support.postgres import USER
from tests.support.postgres_proxy import running_postgres_proxy
from tests.support.staged import TARGET, line

if TYPE_CHECKING:
    from tests.support.postgres import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(postgres: "Server") -> Iterator[str]:
    with postgres.database() as database:
        yield database


@pytest.fixture
def address(postgres: "Server", database: str) -> DatabaseAddress:
    return replace(postgres.address(database), silent_seconds=2.0)


@contextmanager
def another_process(work: Callable[[Callable[[], None]], None]) -> Iterator[int]:
    """Run `work` in a process of its own, and wait until it says that it is ready."""
    ready, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(lambda: os.close(say) if os.write(say, b"!") else None)
        finally:
            os._exit(0)
    os.close(say)
    try:
        assert os.read(ready, 1) == b"!"
        yield child
    finally:
        os.close(ready)
        for number in (signal.SIGCONT, signal.SIGKILL):
            os.kill(child, number)
        os.waitpid(child, 0)


@contextmanager
def owner(address: DatabaseAddress) -> Iterator[int]:
    """A process that owns the target, and does nothing."""

    def own(ready: Callable[[], None]) -> None:
        with open_journal(address, clock=time.time) as journal, journal.lease(TARGET):
            ready()
            time.sleep(60.0)

    with another_process(own) as child:
        yield child


def take_soon(journal: Journal) -> None:
    """Take the lease as soon as it is free; a stand-by does so."""
    for _ in range(600):
        try:
            with journal.lease(TARGET):
                return
        except JournalBusy:
            time.sleep(0.02)
    pytest.fail("nobody lets the target go")


def test_an_owner_that_is_killed_is_replaced(address: DatabaseAddress) -> None:
    with open_journal(address, clock=time.time) as standby, owner(address) as child:
        with pytest.raises(JournalBusy, match=f"process {child} on .*, since "):
            standby.lease(TARGET).__enter__()
        os.kill(child, signal.SIGKILL)
        take_soon(standby)


def test_a_frozen_owner_is_replaced_and_can_do_nothing_when_it_wakes(
    address: DatabaseAddress,
) -> None:
    told, tell = os.pipe()

    def own(ready: Callable[[], None]) -> None:
        with open_journal(address, clock=time.time) as journal, journal.lease(TARGET):
            ready()
            os.kill(os.getpid(), signal.SIGSTOP)
            try:
                staged(journal, [line(2, "A")])
            except JournalError as error:
                os.write(tell, str(error).encode())

    with open_journal(address, clock=time.time) as standby, another_process(own) as child:
        take_soon(standby)
        os.kill(child, signal.SIGCONT)
        assert b"has ended" in os.read(told, 9999)
        assert standby.history.runs() == ()


async def test_who_is_cut_off_commits_no_intent_and_what_it_sent_is_unknown(
    postgres: "Server", database: str
) -> None:
    with running_postgres_proxy(postgres.port) as proxy:
        through = replace(
            postgres.address(database, host=f"127.0.0.1:{proxy.port}"), silent_seconds=2.0
        )
        with open_journal(through, clock=time.time) as owner:
            run = staged(owner, [line(2, "A"), line(3, "B")])
            with owner.lease(TARGET) as lease:
                async with owner.operations(run, lease=lease) as operations:
                    a, b = await operations.due(after=0, limit=9)
                    await operations.start(a)
                    proxy.cut()
                    with pytest.raises(JournalError, match="has ended") as said:
                        await operations.start(b)
                    sent = Outcome(kind=OutcomeKind.LOST, code="timeout")
                    with pytest.raises(JournalError, match="has ended"):
                        await operations.finish(a, sent)
    assert "the-word-of-the-database" not in str(said.value)
    with open_journal(postgres.address(database), clock=time.time) as standby:
        take_soon(standby)
        assert statuses(standby, run) == ["unknown", "pending"]


def test_a_server_that_answers_no_more_is_not_waited_for_but_a_slow_one_is(
    postgres: "Server", database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_server, "SILENT_SECONDS", 0.2)
    with running_postgres_proxy(postgres.port) as proxy:
        through = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
        with PostgresDatabase.open(through, clock=time.time) as slow:
            slow.connection.execute("SELECT pg_sleep(0.6)")
            proxy.forget()
            with pytest.raises(JournalError, match=r"has ended \(the server does not answer, for"):
                slow.connection.execute("SELECT 1")


def test_a_server_that_freezes_while_it_is_asked_whether_it_is_at_work_is_not_waited_for(
    postgres: "Server", database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_server, "SILENT_SECONDS", 0.2)
    with running_postgres_proxy(postgres.port, silent_at=b"pg_stat_activity") as proxy:
        through = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
        with PostgresDatabase.open(through, clock=time.time) as slow:
            proxy.forget()
            with pytest.raises(JournalError, match=r"has ended \(the server does not answer, for"):
                slow.connection.execute("SELECT 1")


def test_a_server_that_freezes_while_a_journal_is_opened_is_not_waited_for(
    address: DatabaseAddress,
    postgres: "Server",
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_journal(address, clock=time.time).close()
    monkeypatch.setattr(session, "FIRST_SECONDS", 0.2)
    said = r"cannot be reached \(the server does not answer, for 0.2 seconds\)"
    with running_postgres_proxy(postgres.port, silent_at=b"journal_format") as proxy:
        through = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
        for opened in (
            lambda: open_journal(through, clock=time.time),
            lambda: read_journal(through, clock=time.time),
            lambda: warnings_about(through),
        ):
            with pytest.raises(JournalError, match=said):
                opened()


def test_an_answer_that_is_on_its_way_when_the_server_is_done_is_waited_for(
    postgres: "Server", database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_server, "SILENT_SECONDS", 0.2)
    address = postgres.address(database)
    with connect(address) as other:
        other.execute("SELECT pg_advisory_lock(1)")

        def done_now(*_: object) -> bool:
            other.execute("SELECT pg_advisory_unlock(1)")
            return False

        monkeypatch.setattr(postgres_database, "is_at_work", done_now)
        with PostgresDatabase.open(address, clock=time.time) as slow:
            slow.connection.execute("SELECT pg_advisory_lock(1)")
            slow.connection.execute("SELECT 1")


def look_once(database: PostgresDatabase) -> None:
    with database.reading() as sql:
        sql.execute("SELECT 1")


@pytest.mark.parametrize("of_snapshot", [False, True])
def test_a_server_that_answers_no_more_is_not_waited_for_while_reading(
    postgres: "Server", database: str, monkeypatch: pytest.MonkeyPatch, *, of_snapshot: bool
) -> None:
    monkeypatch.setattr(dead_server, "SILENT_SECONDS", 0.2)
    open_journal(postgres.address(database), clock=time.time).close()
    open_one = PostgresDatabase.open_snapshot if of_snapshot else PostgresDatabase.open
    for is_stream in (True, False):
        with running_postgres_proxy(postgres.port) as proxy:
            through = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
            with open_one(through, clock=time.time) as opened:
                found = opened.stream("SELECT generate_series(1, 1000)", {})
                assert next(found) == (1,)
                proxy.forget()
                with pytest.raises(JournalError, match=r"cannot be read \(the server does not"):
                    list(found) if is_stream else look_once(opened)


def test_an_owner_that_freezes_in_the_middle_of_a_word_is_replaced(
    address: DatabaseAddress,
) -> None:
    """The server itself waits for ever for the rest of what it was told."""

    def own(ready: Callable[[], None]) -> None:
        with open_journal(address, clock=time.time) as journal, journal.lease(TARGET):
            session = journal.database.connection.session  # type: ignore[attr-defined]
            with session.pipeline():
                session.execute("BEGIN")
                session.execute("SELECT 1")
                ready()
                os.kill(os.getpid(), signal.SIGSTOP)

    with open_journal(address, clock=time.time) as standby, another_process(own):
        take_soon(standby)


async def test_an_owner_on_another_machine_begins_to_settle_anew(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock may be minutes from the one that told when the requests left."""
    behind, right = 1_700_000_000.0, 1_700_000_300.0
    with open_journal(address, clock=lambda: behind) as journal:
        run = staged(journal, [line(2, "A"), line(3, "B")])
        await played(journal, run, A=LOST)
        assert await last_sent(journal, run) == behind
    monkeypatch.setattr("loader.journal.sql.lease_holders.process_space", lambda: "another machine")
    with open_journal(address, clock=lambda: right) as journal:
        assert not journal.history.lease_holders()
        assert await last_sent(journal, run) == right


async def last_sent(journal: Journal, run: str) -> float:
    with journal.lease(TARGET) as lease:
        async with journal.operations(run, lease=lease) as operations:
            (unknown,) = await operations.unknown(after=0, limit=9)
            return unknown.last_sent_at


def test_clocks_that_are_apart_are_warned_of(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_journal(address, clock=time.time).close()
    ahead = time.time() + 300.0
    monkeypatch.setattr("loader.journal.postgres.health.time.time", lambda: ahead)

    assert any("seconds apart" in each for each in warnings_about(address))


def test_another_target_is_free(address: DatabaseAddress) -> None:
    with owner(address), open_journal(address, clock=time.time) as journal:
        staged(journal, [line(2, "A")], target=OTHER_TARGET)
        with journal.lease(OTHER_TARGET):
            assert OTHER_TARGET in {each.target for each in journal.history.lease_holders()}


def test_a_journal_of_a_newer_format_is_refused(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    open_journal(address, clock=time.time).close()
    postgres.run("UPDATE journal_format SET format = 99", database=database)
    for opened in (open_journal, read_journal):
        with pytest.raises(JournalMismatch, match="its format is 99"):
            opened(address, clock=time.time)


async def test_a_journal_of_the_first_format_opens_and_goes_on(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    """The only format so far: whoever changes the tables makes a second one, and a way to it.

    The file is a pg_dump of a run over the rows 2 to 9, with an ending each.
    """
    dump = Path(__file__).with_name("fixtures") / "postgres_format_1.sql"
    postgres.run(f"SET ROLE {USER}; {dump.read_text('utf-8')}", database=database)
    with open_journal(address, clock=time.time) as journal:
        (run,) = journal.history.runs()
        before = statuses(journal, run)
        await played(journal, run, E=LOST)
        after = statuses(journal, run)
    assert before[:5] == ["created", "failed", "unknown", "unknown", "pending"]
    assert before[5:] == after[5:] == ["duplicate", "invalid", "skipped"]
    assert after[4] == "unknown"


def test_a_database_with_tables_of_something_else_is_refused(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    postgres.run("CREATE TABLE run (number integer)", database=database)
    with pytest.raises(JournalMismatch, match="not those of a journal"):
        open_journal(address, clock=time.time)


def test_without_a_journal_nothing_is_read_and_nothing_made(address: DatabaseAddress) -> None:
    for _ in range(2):
        with pytest.raises(JournalError, match="there is no journal"):
            read_journal(address, clock=time.time)
        with pytest.raises(JournalError, match="there is no journal"):
            open_journal(address, clock=time.time, create=False)


def test_two_that_make_a_journal_at_once_make_one(address: DatabaseAddress) -> None:
    def make(ready: Callable[[], None]) -> None:
        ready()
        open_journal(address, clock=time.time).close()
        time.sleep(60.0)

    with another_process(make), open_journal(address, clock=time.time) as journal:
        staged(journal, [line(2, "A")])


def test_a_pooler_in_between_is_refused(postgres: "Server", database: str) -> None:
    with running_postgres_proxy(postgres.port, is_pooler=True) as proxy:
        through = postgres.address(database, host=f"127.0.0.1:{proxy.port}")
        with pytest.raises(JournalError, match="connection pooler"):
            open_journal(through, clock=time.time)


def test_a_wrong_password_is_said_and_not_repeated(postgres: "Server", database: str) -> None:
    right = postgres.address(database, host=f"127.0.0.1:{postgres.port}")
    open_journal(right, clock=time.time).close()
    for password in ("", "a-wrong-word-1234"):
        with pytest.raises(JournalError, match="LOADER_JOURNAL_PASSWORD") as said:
            open_journal(replace(right, password=password), clock=time.time)
        assert "a-wrong-word" not in str(said.value)


def test_a_server_that_is_not_there_is_said(postgres: "Server") -> None:
    gone = DatabaseAddress.parse("postgresql://loader:a-word-of-mine@127.0.0.1:1/journals")
    with pytest.raises(JournalError, match="cannot be reached") as said:
        open_journal(gone, clock=time.time)
    assert "a-word-of-mine" not in str(said.value) + repr(gone)


def test_a_user_without_rights_is_told_which(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    postgres.run(
        f"ALTER DATABASE {database} OWNER TO postgres",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        database=database,
    )
    with pytest.raises(JournalError, match="the right to make tables"):
        open_journal(address, clock=time.time)


def test_a_server_that_forgets_is_warned_of(postgres: "Server", address: DatabaseAddress) -> None:
    open_journal(address, clock=time.time).close()
    said = warnings_about(address)

    assert any("fsync is off" in each for each in said)
    assert any("full_page_writes is off" in each for each in said)


def test_a_commit_waits_for_the_disk_whatever_the_database_says(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    postgres.run(f"ALTER DATABASE {database} SET synchronous_commit = off")
    with open_journal(address, clock=time.time) as journal:
        (found,) = journal.database.connection.execute(  # type: ignore[attr-defined]
            "SELECT current_setting('synchronous_commit')"
        ).fetchone()

    assert found == "on"
    assert any("synchronous_commit is off" in each for each in warnings_about(address))


def test_a_database_that_only_reads_is_said(
    postgres: "Server", database: str, address: DatabaseAddress
) -> None:
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    with pytest.raises(JournalError, match="is read only"):
        open_journal(address, clock=time.time)


def test_a_character_that_postgresql_cannot_hold_is_kept_in_cells_and_shown_elsewhere(
    address: DatabaseAddress,
) -> None:
    error = RowError(row_number=2, column="name", cell="A2", code="control-character", message="\0")
    row = StagedRow(row_number=2, cells=("A\0B",), payload=None, errors=[error])
    with open_journal(address, clock=time.time) as journal:
        run = staged(journal, [row])
        journal.staging.end_run(run, reason="a\0b")
        (found,) = journal.history.results(run)
        (said,) = journal.history.errors(run)
        record = journal.history.run(run)

    assert (found.cells, said.error) == (("A\0B",), error)
    assert record is not None
    assert record.stopped_reason == "a\ufffdb"
