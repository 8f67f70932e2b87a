"""How statements are sent to PostgreSQL: arrays of values, and the plans of what is sent most."""

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.journal import open_journal
from loader.journal.postgres import PostgresJournal
from loader.journal.postgres.arrays import array
from loader.journal.postgres.statements import NativeStatement, translate, translate_group
from loader.journal.sql.statements import statements
from tests.support.staged import TARGET, begin, line, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.support.postgres import Server

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBER = st.integers(min_value=-(2**63), max_value=2**63 - 1) | st.booleans()
COLUMN = (
    st.tuples(st.just("text"), st.lists(TEXT | st.none()))
    | st.tuples(st.just("bytea"), st.lists(st.binary() | st.none()))
    | st.tuples(st.just("bigint"), st.lists(NUMBER | st.none()))
    | st.tuples(st.just("double precision"), st.lists(st.floats(allow_nan=False) | st.none()))
)


@pytest.fixture(scope="module")
def session(postgres: "Server") -> "Iterator[psycopg.Connection[Any]]":
    with postgres.session() as session:
        yield session


@given(column=COLUMN)
def test_the_server_reads_an_array_as_it_was(
    session: "psycopg.Connection[Any]", column: tuple[str, list[Any]]
) -> None:
    kind, values = column
    read = session.execute(
        f"SELECT CAST(CAST(%s AS text) AS {kind}[])".encode(), (array(values),), binary=True
    ).fetchone()

    assert read == (values,)


def planned(
    session: "psycopg.Connection[Any]", statement: NativeStatement, values: dict[str, Any]
) -> str:
    """Return the plan that the server keeps for a statement."""
    text = statement.text
    for number, name in enumerate(statement.names, start=1):
        text = text.replace(f"%({name})s", f"${number}")
    session.execute(f"PREPARE each AS {text}".encode())
    bound = ", ".join(f"'{values[name]}'" for name in statement.names)
    plan = session.execute(f"EXPLAIN EXECUTE each({bound})".encode()).fetchall()
    session.execute("DEALLOCATE each")
    return str(plan)


def test_an_intent_and_an_outcome_are_looked_up_by_key_however_many_rows_are_pending(
    postgres: "Server",
) -> None:
    sql = statements("transitions.sql")
    outcome, deletion = translate_group(sql.advance), translate_group(sql.free_key)
    assert outcome is not None
    assert deletion is not None
    with (
        postgres.database() as database,
        open_journal(postgres.address(database), clock=time.time) as journal,
        journal.lease(TARGET),
    ):
        assert isinstance(journal, PostgresJournal)
        run, sheet = begin(journal)
        rows = [line(number, f"Offer {number}") for number in range(2, 402)]
        journal.staging.add_rows(
            run, sheet, rows, kind="fallback-offer", describe_change=lambda *_: ""
        )
        session = journal.database.connection.session
        session.execute("SET plan_cache_mode = force_generic_plan")
        values = {"ids": "[1]", "before": "pending", "after": "sending", "now": 1, "run_id": run}
        plans = [planned(session, translate(sql.intend), values)]
        plans += [planned(session, outcome, dict.fromkeys(outcome.names, "{1}"))]
        for _ in range(2):
            plans.append(planned(session, deletion, {"operation_id": "{1}"}))
            session.execute("ANALYZE")

    for plan in plans:
        assert "operation_pkey" in plan
        assert "operation_by_run" not in plan
        assert "Seq Scan on operation" not in plan
    for plan in plans[1:]:
        assert "offer_pkey" in plan
        assert "Seq Scan on offer" not in plan
    for plan in plans[2:]:
        assert "offer_by_id" in plan
        assert "operation_by_offer" in plan


@pytest.mark.parametrize(
    ("sought", "indexes"),
    [
        (
            statements("undo.sql").left,
            ("operation_pkey", "offer_by_creation", "operation_by_offer"),
        ),
        (statements("history.sql").rows_gone, ("operation_pkey", "offer_pkey", "operation_")),
    ],
)
def test_what_an_undo_left_of_the_rows_of_a_run_is_looked_up_by_key(
    postgres: "Server", sought: str, indexes: tuple[str, ...]
) -> None:
    left = translate(sought)
    with (
        postgres.database() as database,
        open_journal(postgres.address(database), clock=time.time) as journal,
        journal.lease(TARGET),
    ):
        assert isinstance(journal, PostgresJournal)
        runs = [
            stage(journal, [line(number, f"{name} {number}") for number in range(2, 402)])
            for name in "ABC"
        ]
        session = journal.database.connection.session
        values = {"run_id": runs[1], "edited": "edited", "only_own": 0, "run_undone": "u"}
        plans = []
        for _ in range(2):
            plans.append(planned(session, left, values))
            session.execute("ANALYZE")

    for plan in plans:
        for index in indexes:
            assert index in plan
        assert "Seq Scan on operation" not in plan
        assert "Seq Scan on offer" not in plan
