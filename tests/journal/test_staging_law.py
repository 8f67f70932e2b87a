"""Rows that arrive in groups, against the table of rules followed one row after the other."""

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loader.journal import StagedRow
from loader.journal.postgres import PostgresJournal
from loader.journal.sql.event_changes import Attempt
from loader.journal.sqlite import SqliteJournal
from loader.model import Outcome, OutcomeKind, Receipt, State
from tests.support.laws import tried
from tests.support.staged import (
    TARGET,
    AnyJournal,
    Ticking,
    add,
    begin,
    journal,
    line,
    moves_of,
    stage,
)

if TYPE_CHECKING:
    from tests.support.postgres import Server

ENDS = {
    "created": (OutcomeKind.DONE, State.DONE),
    "undone": (OutcomeKind.DONE, State.DONE),
    "refused": (OutcomeKind.REFUSED, State.FAILED),
    "not taken": (OutcomeKind.NOT_ACCEPTED, State.PENDING),
    "lost": (OutcomeKind.LOST, State.UNKNOWN),
}
ROWS = st.one_of(
    st.tuples(st.sampled_from("AB"), st.sampled_from(["", "x"])),
    st.sampled_from([("", "invalid"), ("", "skipped")]),
)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A run: what it reads, transaction by transaction, and what becomes of each key."""

    is_dry: bool
    groups: list[list[tuple[str, str]]]
    ends: dict[str, str]
    is_agreed: bool = True

    @property
    def is_sent(self) -> bool:
        """Whether anything may be sent of it."""
        return self.is_agreed and not self.is_dry


TURNS = st.builds(
    Turn,
    is_dry=st.booleans(),
    groups=st.lists(st.lists(ROWS, min_size=1, max_size=6), min_size=1, max_size=3),
    ends=st.fixed_dictionaries({key: st.sampled_from([*ENDS, "not sent"]) for key in "AB"}),
    is_agreed=st.booleans(),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the model."""

    target: str
    key: str
    content: str
    run: str
    state: State = State.PENDING
    attempts: int = 0
    is_undone: bool = False


@dataclass(kw_only=True)
class Model:
    """The table of rules: one row after the other, over plain lists."""

    rows: list[Row] = field(default_factory=list)
    lines: list[tuple[str, int, str, int | None]] = field(default_factory=list)

    def arrive(self, run: str, number: int, row: tuple[str, str], turn: Turn) -> None:
        """Take in one line."""
        key, content = row
        if not key:
            self.lines.append((run, number, content, None))
            return
        kind, at = self._placed(run, key, content, turn)
        self.lines.append((run, number, kind, at))

    def _placed(self, run: str, key: str, content: str, turn: Turn) -> tuple[str, int | None]:
        apart = f"dry-run {run}"
        at = self._find(apart, key)
        at = self._find(TARGET, key) if at is None else at
        if at is None:
            return self._new(apart if turn.is_dry else TARGET, run, key, content)
        held = self.rows[at]
        again = any(line[0] == run and line[3] == at for line in self.lines)
        if held.content == content and (again or held.state is State.DONE):
            return "duplicate", at
        is_not_done = held.state in {State.PENDING, State.FAILED}
        if held.content != content and (again or not is_not_done):
            return "invalid", None
        if not turn.is_sent:
            return self._new(apart, run, key, content)
        if held.content != content:
            self._take_out(at)
        state = State.PENDING if held.state is State.FAILED else held.state
        self.rows[at] = replace(held, run=run, content=content, state=state)
        return "primary", at

    def _take_out(self, at: int) -> None:
        """Make the lines of a row invalid: what they say is not sent."""
        self.lines = [
            (run, number, "invalid", None) if its == at else (run, number, kind, its)
            for run, number, kind, its in self.lines
        ]

    def _find(self, target: str, key: str) -> int | None:
        found = (
            at
            for at, row in enumerate(self.rows)
            if (row.target, row.key, row.is_undone) == (target, key, False)
        )
        return next(found, None)

    def _new(self, target: str, run: str, key: str, content: str) -> tuple[str, int]:
        self.rows.append(Row(target=target, key=key, content=content, run=run))
        return "primary", len(self.rows) - 1

    def deliver(self, run: str, key: str, end: str) -> None:
        """Say what became of a key that was due."""
        at = self._find(TARGET, key)
        if at is None or end not in ENDS:
            return
        row = self.rows[at]
        if (row.run, row.state) == (run, State.PENDING):
            self.rows[at] = replace(
                row, state=ENDS[end][1], attempts=row.attempts + 1, is_undone=end == "undone"
            )

    def undo(self, run: str) -> None:
        """Give up what a run has not sent."""
        for at, row in enumerate(self.rows):
            if (row.target, row.run, row.state) == (TARGET, run, State.PENDING):
                self.rows[at] = replace(row, state=State.FAILED)


def staged(row: tuple[str, str], number: int) -> StagedRow:
    """The line of a row of the model."""
    key, content = row
    if key:
        return line(number, key, content=content)
    return StagedRow(row_number=number, cells=(), payload=None, is_skipped=content == "skipped")


def take(file: AnyJournal, turn: Turn) -> str:
    """Stage and deliver a run as the loader does."""
    run, sheet = begin(file, dry_run=turn.is_dry)
    numbers = itertools.count(2)
    for group in turn.groups:
        add(file, run, sheet, [staged(row, next(numbers)) for row in group])
    file.staging.finish(run, is_agreed=turn.is_agreed or turn.is_dry)
    moves = moves_of(file, run)
    for job in [] if not turn.is_sent else moves.due(after=0, limit=99):
        end = ENDS.get(turn.ends.get(job.key, "not sent"))
        if end is None:
            continue
        kind, _ = end
        remote_id = f"i-{job.operation_id}"
        is_done = kind is OutcomeKind.DONE
        receipt = Receipt(instance_id=remote_id, at_id=remote_id) if is_done else None
        with file.database.transaction():
            moves.start([job])
            outcome = Outcome(kind=kind, code="c", receipt=receipt)
            moves.finish([Attempt(job, outcome)])
    if turn.is_sent and "undone" in turn.ends.values():
        undo(file, run, {key for key, end in turn.ends.items() if end == "undone"})
    return run


def undo(file: AnyJournal, run: str, keys: set[str]) -> None:
    """Delete the offers of some keys that a run created; the others are kept."""
    transitions = moves_of(file, file.staging.begin_undo(run, options={}))
    deleted = Outcome(kind=OutcomeKind.DONE, code="deleted")
    for job in transitions.due(after=0, limit=99):
        with file.database.transaction():
            if job.key in keys:
                transitions.start([job])
                transitions.finish([Attempt(job, deleted)])
            else:
                transitions.give_up(job.operation_id, code="kept", message="")


def held(
    file: AnyJournal,
) -> tuple[list[Row], list[tuple[str, int, str, int | None]]]:
    """What the journal holds, in the words of the model."""
    contents = {
        line(0, key, content=content).payload.digest: content  # type: ignore[union-attr]
        for key, content in itertools.product("AB", ["", "x"])
    }
    with file.database.reading() as sql:
        rows = [
            Row(target=target, key=key, content=contents[digest], run=run, state=State(state),
                attempts=attempts, is_undone=bool(undone))
            for target, key, digest, run, state, attempts, undone in sql.execute(
                "SELECT CASE WHEN dry_run = '' THEN target ELSE 'dry-run ' || dry_run END, key,"
                " digest, run_id, state, attempts, undone_by IS NOT NULL FROM offer"
                " JOIN operation USING (offer_id) WHERE operation = 'create' ORDER BY offer_id"
            )
        ]  # fmt: skip
        lines = sql.execute(
            "SELECT source_row.run_id, row_number, kind,"
            " (SELECT count(*) FROM operation AS before WHERE before.operation = 'create'"
            " AND before.offer_id < operation.offer_id)"
            " + 0 * operation.offer_id"  # null where there is none
            " FROM source_row"
            " JOIN run USING (run_id) LEFT JOIN operation USING (operation_id)"
            " WHERE of_run = '' ORDER BY source_row_id"
        ).fetchall()
    return rows, lines


UNSENT = Turn(is_dry=False, groups=[[("A", "")]], ends={})
REPLACED = Turn(is_dry=False, groups=[[("A", "x"), ("A", "x"), ("A", "")]], ends={})


PLANNED = replace(REPLACED, is_agreed=False)
NOT_TAKEN = Turn(is_dry=False, groups=[[("A", "")]], ends={"A": "not taken"})


@example(turns=[UNSENT, REPLACED])
@example(turns=[NOT_TAKEN, REPLACED])
@example(turns=[NOT_TAKEN, PLANNED, REPLACED])
@given(turns=st.lists(TURNS, min_size=2, max_size=4))
@settings(max_examples=tried(80), deadline=None)
def test_groups_decide_as_one_row_after_the_other(turns: list[Turn]) -> None:
    with (
        TemporaryDirectory() as folder,
        SqliteJournal.open(Path(folder) / "j", clock=Ticking()) as file,
    ):
        file.database.connection.execute("PRAGMA synchronous = OFF")
        decide(file, turns)


@pytest.mark.parametrize("examples", [5, pytest.param(15, marks=pytest.mark.slow)])
def test_groups_decide_so_in_postgresql(postgres: "Server", examples: int) -> None:
    with postgres.database() as database:

        @given(turns=st.lists(TURNS, min_size=2, max_size=3))
        @settings(max_examples=examples, deadline=None)
        def each(turns: list[Turn]) -> None:
            postgres.empty(database)
            with PostgresJournal.open(postgres.address(database), clock=Ticking()) as file:
                decide(file, turns)

        each()


def decide(file: AnyJournal, turns: list[Turn]) -> None:
    model = Model()
    for turn in turns:
        run = take(file, turn)
        for number, row in enumerate(itertools.chain(*turn.groups), start=2):
            model.arrive(run, number, row, turn)
        for key, end in turn.ends.items() if turn.is_sent else ():
            model.deliver(run, key, end)
        if turn.is_sent and "undone" in turn.ends.values():
            model.undo(run)

        assert held(file) == (model.rows, model.lines)


def test_keys_meet_across_groups_and_the_conflict_names_the_row(tmp_path: Path) -> None:
    many = [line(n, f"N{n}") for n in range(2, 1_300)]
    again = [line(1_300, "N2"), line(1_301, "N3", content="x"), line(1_302, "N1300"),
             line(1_303, "N1300", content="x")]  # fmt: skip
    with journal(tmp_path / "j") as file:
        run = stage(file, [*many, *again])
        summary = file.history.summary(run)
        wrong = [found.error.message for found in file.history.errors(run)]

    assert (summary.pending, summary.duplicate, summary.invalid) == (1_299, 1, 2)
    assert [message.partition(" is in ")[2].partition(";")[0] for message in wrong] == [
        "row 3 of offers.csv, which comes first",
        "row 1302 of offers.csv, which comes first",
    ]


def test_a_thousand_keys_are_looked_up_in_few_queries(tmp_path: Path) -> None:
    asked: list[str] = []
    with journal(tmp_path / "j") as file:
        stage(file, [line(n, f"N{n}") for n in range(1_000)])
        file.database.connection.set_trace_callback(asked.append)
        again = stage(file, [line(n, f"N{n}") for n in range(1_000)], digest="other")
        file.database.connection.set_trace_callback(None)
        summary = file.history.summary(again)

    assert summary.pending == 1_000
    assert sum(statement.startswith("SELECT") for statement in asked) < 20
