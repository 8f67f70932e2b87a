"""Any order of events against a model: the journal keeps its totals, its keys and its pillars."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loader.errors import IllegalMove
from loader.journal import JournalPlace, open_journal
from loader.journal.sql.event_changes import Attempt
from loader.journal.sqlite.database import SqliteDatabase
from loader.model import Job, OperationEvent, Outcome, OutcomeKind, Receipt, State
from tests.support.laws import tried
from tests.support.staged import TARGET, AnyJournal, Ticking, line, moves_of, stage

if TYPE_CHECKING:
    from tests.support.postgres import Server

NAMES = st.sampled_from("ABCDE")
ENDS = {
    OperationEvent.DONE: OutcomeKind.DONE,
    OperationEvent.REFUSED: OutcomeKind.REFUSED,
    OperationEvent.NOT_ACCEPTED: OutcomeKind.NOT_ACCEPTED,
    OperationEvent.LOST: OutcomeKind.LOST,
}


class JournalLaw(RuleBasedStateMachine):
    """The model: per key its contents and its state; and every POST that was allowed."""

    def new_place(self) -> JournalPlace:
        """Where a journal is that nobody has used."""
        self.folder = tempfile.TemporaryDirectory()
        return Path(self.folder.name) / "j.sqlite3"

    def opened(self) -> AnyJournal:
        return open_journal(self.place, clock=Ticking())  # type: ignore[return-value]

    def kill(self) -> None:
        """End the connection without a goodbye, and its files with it, as the system does."""
        database = self.file.database
        assert isinstance(database, SqliteDatabase)
        database.connection.close()
        assert database._lock is not None
        database._lock.close()

    @initialize()
    def begin(self) -> None:
        self.place = self.new_place()
        self.file = self.opened()
        self.rows: dict[str, tuple[str, State]] = {}
        self.sent: dict[str, Job] = {}  # under way
        self.proven: dict[str, bool] = {}  # key -> may be sent
        self.run = ""
        self.number = 0

    @precondition(lambda self: not self.sent)
    @rule(names=st.lists(NAMES, min_size=1, max_size=6), content=st.sampled_from(["", "x"]))
    def stage(self, names: list[str], content: str) -> None:
        lines = [line(n + 2, name, content=content) for n, name in enumerate(names)]
        self.number += 1
        self.run = stage(self.file, lines, digest=str(self.number))
        expected: dict[str, int] = {}

        def count(word: str) -> None:
            expected[word] = expected.get(word, 0) + 1

        seen = set()
        for name in names:
            held = self.rows.get(name)
            if name in seen:
                # the second of a name in one file: what became of the first decides
                count("duplicate" if self.rows[name][0] == content else "invalid")
                continue
            seen.add(name)
            if held is None:
                self.rows[name] = (content, State.PENDING)
                self.proven[name] = True
                count("pending")
            elif held[0] == content and held[1] is State.DONE:
                count("duplicate")
            elif held[0] == content or held[1] is State.FAILED:
                state = State.PENDING if held[1] is State.FAILED else held[1]
                self.proven[name] = self.proven[name] or held[1] is State.FAILED
                self.rows[name] = (content, state)
                count(str(state))
            elif held[1] is State.PENDING:
                self.rows[name] = (content, State.PENDING)
                count("pending")
            else:
                count("invalid")
        summary = self.file.history.summary(self.run)
        told = {
            word: getattr(summary, word)
            for word in ("duplicate", "invalid", "pending", "unknown", "created", "failed")
            if getattr(summary, word)
        }
        assert told == expected
        assert summary.read == len(names)

    def jobs(self) -> dict[str, Job]:
        return {job.key: job for job in moves_of(self.file, self.run).due(after=0, limit=99)}

    @precondition(lambda self: self.run)
    @rule(name=NAMES)
    def start(self, name: str) -> None:
        job = self.jobs().get(name)
        if job is None:
            return
        assert self.proven[name], f"{name} is sent without proof of absence"
        with self.file.database.transaction():
            moves_of(self.file, self.run).start([job])
        self.sent[name] = job
        self.rows[name] = (self.rows[name][0], State.SENDING)
        self.proven[name] = False

    @precondition(lambda self: self.sent)
    @rule(event=st.sampled_from(list(ENDS)), data=st.data())
    def finish(self, event: OperationEvent, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.sent)))
        receipt = Receipt(instance_id=f"i-{name}", at_id=f"a-{name}")
        outcome = Outcome(
            kind=ENDS[event], code="c", receipt=receipt if event is OperationEvent.DONE else None
        )
        ended = Attempt(self.sent.pop(name), outcome)
        with self.file.database.transaction():
            moves_of(self.file, self.run).finish([ended])
        after = {
            OperationEvent.DONE: State.DONE,
            OperationEvent.REFUSED: State.FAILED,
            OperationEvent.NOT_ACCEPTED: State.PENDING,
            OperationEvent.LOST: State.UNKNOWN,
        }[event]
        self.rows[name] = (self.rows[name][0], after)
        self.proven[name] = event is OperationEvent.NOT_ACCEPTED

    @rule()
    def die_and_start_again(self) -> None:
        self.kill()
        self.file = self.opened()
        with self.file.lease(TARGET):
            pass
        for name in self.sent:
            self.rows[name] = (self.rows[name][0], State.UNKNOWN)
        self.sent.clear()

    @precondition(lambda self: any(state is State.UNKNOWN for _, state in self.rows.values()))
    @rule(
        event=st.sampled_from(
            [OperationEvent.FOUND, OperationEvent.ABSENT, OperationEvent.AMBIGUOUS]
        ),
        data=st.data(),
    )
    def look(self, event: OperationEvent, data: st.DataObject) -> None:
        unknown = sorted(n for n, (_, state) in self.rows.items() if state is State.UNKNOWN)
        name = data.draw(st.sampled_from(unknown))
        receipt = (
            Receipt(instance_id=f"f-{name}", at_id="") if event is OperationEvent.FOUND else None
        )
        with self.file.database.transaction():
            moves_of(self.file, self.run).conclude(
                self.operation_id(name), event, receipt=receipt, evidence="seen"
            )
        state = {
            OperationEvent.FOUND: State.DONE,
            OperationEvent.ABSENT: State.PENDING,
            OperationEvent.AMBIGUOUS: State.UNKNOWN,
        }[event]
        self.rows[name] = (self.rows[name][0], state)
        self.proven[name] = event is OperationEvent.ABSENT

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def an_illegal_move_changes_nothing(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.rows)))
        if self.rows[name][1] is State.UNKNOWN:
            return

        def move() -> None:
            with self.file.database.transaction():
                moves_of(self.file, self.run).conclude(
                    self.operation_id(name), OperationEvent.FOUND, receipt=None, evidence=""
                )

        with pytest.raises(IllegalMove):
            move()

    def operation_id(self, name: str) -> int:
        with self.file.database.reading() as sql:
            (found,) = sql.execute(
                "SELECT operation_id FROM job WHERE key = :key AND dry_run = ''", {"key": name}
            ).fetchone()
        return int(found)

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        if not hasattr(self, "file"):
            return
        with self.file.database.reading() as sql:
            held = dict(sql.execute("SELECT key, state FROM job WHERE dry_run = ''").fetchall())
        assert held == {name: str(state) for name, (_, state) in self.rows.items()}

    @invariant()
    def totals_add_up(self) -> None:
        if not getattr(self, "run", ""):
            return
        summary = self.file.history.summary(self.run)
        rows = list(self.file.history.results(self.run))
        parts = (summary.invalid, summary.duplicate, summary.created, summary.failed)
        assert summary.read == len(rows) == sum(parts) + summary.unknown + summary.pending

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.kill()
            self.forget_place()

    def forget_place(self) -> None:
        self.folder.cleanup()


TestJournalLaw = JournalLaw.TestCase
TestJournalLaw.settings = settings(max_examples=tried(60), stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("examples", [3, pytest.param(8, marks=pytest.mark.slow)])
def test_the_law_holds_in_postgresql(postgres: "Server", examples: int) -> None:
    with postgres.database() as database:

        class InPostgres(JournalLaw):
            """The same, in a database that is emptied each time."""

            def new_place(self) -> JournalPlace:
                postgres.empty(database)
                return postgres.address(database)

            def kill(self) -> None:
                self.file.close()

            def forget_place(self) -> None:
                pass

        run_state_machine_as_test(
            InPostgres,
            settings=settings(max_examples=examples, stateful_step_count=20, deadline=None),
        )
