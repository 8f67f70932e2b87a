"""SQL of the journal: in named files only, each statement sound and used."""

import ast
import re
import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest

import loader
from loader.journal.sql.statements import script, statements
from tests.support.staged import journal

SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|REPLACE)\s+[A-Z_a-z*(]")
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
        sql.execute(statements("history.sql").make_seen)
        for name, statement in vars(statements(file, package=package)).items():
            assert re.search(rf"\.{name}\b", sources), f"{file}: {name} is not used"
            if not statement.startswith(("ATTACH", "DETACH", "PRAGMA")):
                values = dict.fromkeys(re.findall(r":(\w+)", statement), "")
                sql.execute(f"EXPLAIN {statement}", values)
    old.close()


_CLAIM = "SELECT sql FROM sqlite_schema WHERE name = 'claim'"


def test_no_module_that_works_with_the_journal_holds_sql() -> None:
    root = Path(loader.__file__).parent
    elsewhere = [
        f"{path.relative_to(root)}:{node.lineno}: {node.value.strip()[:60]}"
        for folder in ("journal", "run", "delivery", "inbox", "cli", "results")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]

    assert elsewhere == []


def test_a_file_of_statements_says_each_name_once() -> None:
    for package, file in NAMED:
        names = re.findall(r"^-- name: (\w+)$", script(file, package=package), re.MULTILINE)
        assert len(names) == len(set(names)) == len(vars(statements(file, package=package)))
