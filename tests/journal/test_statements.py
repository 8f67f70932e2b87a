"""SQL of the journal: in named files only, each statement sound and used."""

import ast
import re
import sqlite3
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import loader
from loader.journal import open_journal
from loader.journal.copy_tables import TABLES
from loader.journal.postgres.statements import translate
from loader.journal.sql.statements import script, statements
from tests.support.staged import journal

if TYPE_CHECKING:
    from tests.support.postgres import Server

SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|REPLACE)\s+[A-Z_a-z*(]")
VIEWS = ("job", "result")
PACKAGES = ("loader.journal.sql", "loader.journal.sqlite")
NAMED = sorted(
    (package, each.name)
    for package in PACKAGES
    for each in files(package).iterdir()
    if each.name.endswith(".sql") and "-- name: " in each.read_text("utf-8")
)


@pytest.mark.parametrize(("package", "file"), NAMED)
def test_every_statement_can_be_prepared_and_is_used(
    package: str, file: str, tmp_path: Path
) -> None:
    sources = "".join(
        each.read_text("utf-8")
        for package in PACKAGES
        for each in files(package).iterdir()
        if each.name.endswith(".py")
    )
    old = sqlite3.connect(tmp_path / "ledger.sqlite3")
    old.execute("CREATE TABLE trouble (inbox, folder, report)")
    with journal(tmp_path / "j") as opened:
        sql = opened.database.connection
        old.executescript(";".join(row[0] for row in sql.execute(_CLAIM)))
        sql.execute("ATTACH ? AS ledger", (str(tmp_path / "ledger.sqlite3"),))
        sql.execute(statements("history.sql").make_compared)
        for name, statement in vars(statements(file, package=package)).items():
            assert re.search(rf"\.{name}\b", sources), f"{file}: {name} is not used"
            if not statement.startswith(("ATTACH", "DETACH", "PRAGMA")):
                values = dict.fromkeys(re.findall(r":(\w+)", statement), "")
                sql.execute(f"EXPLAIN {statement}", values)
    old.close()


FOR_EACH_ROW = {
    "key_resolver.sql": ("add_offer", "add_payload", "add_source_row"),
    "transitions.sql": ("advance", "add_transition", "identify"),
}


def test_no_statement_for_each_row_makes_a_temporary_table(tmp_path: Path) -> None:
    with journal(tmp_path / "j") as opened:
        for file, names in FOR_EACH_ROW.items():
            for name in names:
                statement = getattr(statements(file), name)
                values = dict.fromkeys(re.findall(r":(\w+)", statement))
                steps = opened.database.connection.execute(f"EXPLAIN {statement}", values)
                assert "OpenEphemeral" not in {step[1] for step in steps}, name


FOR_EACH_PAGE = {  # an index for each text that is looked for, not all offers of a target
    "key_resolver.sql": {"held": "key=?"},
    "namesakes.sql": {"with_name": "name=?", "with_key": "key=?"},
}


def test_no_statement_for_each_page_reads_every_offer_of_the_target(tmp_path: Path) -> None:
    """Else a load would cost the square of its rows."""
    with journal(tmp_path / "j") as opened:
        for file, sought in FOR_EACH_PAGE.items():
            for name, column in sought.items():
                statement = getattr(statements(file), name)
                values = dict.fromkeys(re.findall(r":(\w+)", statement), "[]")
                plan = opened.database.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                (step,) = (row[3] for row in plan if row[3].startswith("SEARCH offer "))
                assert column in step, f"{name}: {step}"


TABLES_OF = {  # databases of their own
    "loader.run.drafting": script("schema.sql", package="loader.run.drafting"),
    "loader.annotate": statements("spool.sql", package="loader.annotate").create,
    "loader.profile.long_form": statements(
        "split_keys.sql", package="loader.profile.long_form"
    ).create,
}


@pytest.mark.parametrize("package", TABLES_OF)
def test_every_statement_of_another_database_can_be_prepared_and_is_used(package: str) -> None:
    texts = {
        each.name: each.read_text("utf-8") for each in files(package).iterdir() if each.is_file()
    }
    sources = "".join(text for name, text in texts.items() if name.endswith(".py"))
    sql = sqlite3.connect(":memory:")
    sql.executescript(TABLES_OF[package])
    for file in (name for name, text in texts.items() if "-- name: " in text):
        for name, statement in vars(statements(file, package=package)).items():
            assert re.search(rf"_SQL\.{name}\b", sources), f"{file}: {name} is not used"
            values = dict.fromkeys(re.findall(r"[:?](\w+)", statement), "")
            if statement != TABLES_OF[package]:
                sql.execute(f"EXPLAIN {statement}", values or [""] * statement.count("?"))
    sql.close()


_CLAIM = "SELECT sql FROM sqlite_schema WHERE name = 'claim'"


def test_sql_is_in_named_files_only() -> None:
    root = Path(loader.__file__).parent
    found = [
        f"{path.relative_to(root)}:{node.lineno}: {node.value.strip()[:60]}"
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]

    assert found == []


def test_a_file_of_statements_says_each_name_once() -> None:
    for package, file in NAMED:
        names = re.findall(r"^-- name: (\w+)$", script(file, package=package), re.MULTILINE)
        assert len(names) == len(set(names)) == len(vars(statements(file, package=package)))


def test_every_statement_means_something_to_postgresql(postgres: "Server") -> None:
    """It can be prepared there as it is said to it, and what it says for itself is in use."""
    every = {
        statement.key: statement
        for file in (name for package, name in NAMED if package == "loader.journal.sql")
        for statement in vars(statements(file)).values()
    }
    with postgres.database() as database:
        open_journal(postgres.address(database), clock=time.time).close()
        with postgres.session(database) as session:
            session.execute(translate(every["history.make_compared"]).text)
            for key in every.keys() - {"history.make_compared"}:
                statement = every[key]
                text, names = translate(statement).text, translate(statement).names
                numbered = text.replace("%%", "%")
                for number, name in enumerate(names, start=1):
                    numbered = numbered.replace(f"%({name})s", f"${number}")
                session.execute(f"PREPARE each AS {numbered}".encode())
                session.execute("DEALLOCATE each")
    for file in ("own.sql", "groups.sql"):
        theirs = vars(statements(file, package="loader.journal.postgres"))
        assert {name.replace("__", ".") for name in theirs} <= every.keys()


def test_a_row_has_the_same_status_in_both_journals() -> None:
    """Its status comes from a view, and both have the views of one file."""
    assert "CREATE VIEW result AS" in script("views.sql")
    for name in ("sqlite", "postgres"):
        assert "CREATE VIEW" not in script("schema.sql", package=f"loader.journal.{name}")


def test_both_schemas_have_the_same_tables_and_columns(postgres: "Server", tmp_path: Path) -> None:
    with journal(tmp_path / "j") as opened:
        sql = opened.database.connection
        ours = {
            (table, column)
            for (table,) in sql.execute(
                "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
            )
            for (_, column, *_) in sql.execute(f"PRAGMA table_info({table})")
        }
    with postgres.database() as database:
        open_journal(postgres.address(database), clock=time.time).close()
        with postgres.session(database) as session:
            theirs = session.execute(
                "SELECT relname, attname FROM pg_attribute JOIN pg_class ON oid = attrelid"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
                " AND attnum > 0"
            ).fetchall()

    copied = {
        (table, column) for table, (key, others) in TABLES.items() for column in (*key, *others)
    }
    assert set(theirs) - {("journal_format", "format")} == ours
    assert {each for each in ours if each[0] not in ("lease", *VIEWS)} == copied
