"""A database query as a source: without loss, read only, and its password never shown."""

import sqlite3
from pathlib import Path

import pytest

from loader.errors import SettingsError, UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.query import query_of
from tests.support.workbooks import PLACEMENT, Loader, results_of

SECRET = "s3cret-c@nary"


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "legacy.db"
    with sqlite3.connect(path) as sql:
        sql.execute("CREATE TABLE offer (id INTEGER, title TEXT, price NUMERIC, blob BLOB)")
        sql.executemany(
            "INSERT INTO offer VALUES (?, ?, ?, ?)",
            [
                (9007199254740993, "NA", 0.1, b"text"),
                (2, "Été 100%", None, b"\xff"),
                (None, None, None, None),
                (4, "a\x01b", 1e22, None),
            ],
        )
    sql.close()
    return f"sqlite:///{path}"


def read(url: str, text: str, **options: int) -> tuple[dict[int, list[str]], set[tuple[str, str]]]:
    """Return the rows by number, and (cell, code) of the problems."""
    rows: dict[int, list[str]] = {}
    problems: set[tuple[str, str]] = set()
    with open_source(query_of(url, text), ReadOptions(**options)) as source:
        for table in source.tables():
            for chunk in table.chunks:
                rows.update((r[0], list(r[1:])) for r in chunk.frame.itertuples())
                problems.update((p.cell, p.code) for p in chunk.problems)
    return rows, problems


def test_values_come_without_loss_and_rows_are_numbered_as_they_come(database: str) -> None:
    rows, problems = read(database, "SELECT id, title, price, blob FROM offer ORDER BY rowid")

    assert rows == {
        1: ["9007199254740993", "NA", "0.1", "text"],
        2: ["2", "Été 100%", "", "\\xff"],
        4: ["4", "a\x01b", "10000000000000000000000", ""],
    }
    assert problems == {("D2", "bytes-not-text"), ("B4", "control-character")}


def test_an_answer_is_read_in_chunks_and_known_by_its_digest(database: str) -> None:
    text = "-- all\nSELECT title AS name FROM offer WHERE title LIKE '%' ORDER BY title DESC;"
    with open_source(query_of(database, text), ReadOptions(chunk_rows=1)) as source:
        (table,) = source.tables()
        first = source.digest
    with open_source(query_of(database, text)) as source:
        sizes = [len(chunk.frame) for table in source.tables() for chunk in table.chunks]
        assert source.path == f"sql:{database}"
    assert table.header == ("name",)
    assert sizes == [3]
    assert len(first) == 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT nosuch FROM offer", "no such column: nosuch"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT id FROM offer WHERE 0", "the query gives no row"),
        ("WITH gone AS (SELECT 1) DELETE FROM offer", "readonly"),
    ],
)
def test_what_the_database_refuses_is_said(database: str, text: str, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said) as caught:
        read(database, text)

    assert str(caught.value).startswith(f"sql:{database}: ")
    assert len(read(database, "SELECT id FROM offer ORDER BY 1")[0]) == 3


@pytest.mark.parametrize(
    ("url", "text", "said"),
    [
        ("sqlite:///x.db", "", "empty"),
        ("sqlite:///x.db", "-- nothing\n", "empty"),
        ("sqlite:///x.db", "DELETE FROM offer", "only read"),
        ("no url", "SELECT 1", "expected postgresql"),
        (f"postgresql://me:{SECRET}@host/db", "SELECT 1", "%40"),
        ("postgresql://me:a/b@host/db@x", "SELECT 1", "%40"),
    ],
)
def test_a_wrong_query_or_url_is_refused_before_anything_is_asked(
    url: str, text: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        query_of(url, text)

    assert "nary" not in str(caught.value)


def test_a_url_without_secrets_is_shown(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT 1")

    ran = Loader(folder=tmp_path, variables={"LOADER_SQL_URL": "sqlite:///none.db"}).run(
        "check", "--query", "q.sql"
    )

    assert "sql:sqlite:///none.db: there is no database file none.db" in ran.err


def test_a_query_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_bytes(b"SELECT '\xe9'")

    ran = Loader(folder=tmp_path).run("check", "--sql", "sqlite:///x.db", "--query", "q.sql")

    assert ran.code == 2
    assert "not UTF-8" in ran.err


def test_a_missing_sqlite_file_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no database file"):
        read(f"sqlite:///{tmp_path / 'new.db'}", "SELECT 1")

    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "sqlite", "klingon"])
def test_the_password_is_in_no_message_and_no_file(tmp_path: Path, scheme: str) -> None:
    quoted = SECRET.replace("@", "%40")
    url = f"{scheme}://me:{quoted}@localhost/db?sslpassword=other-canary"
    (tmp_path / "q.sql").write_text("SELECT 1")
    loader = Loader(folder=tmp_path, variables={"LOADER_SQL_URL": url})

    by_variable = loader.run("check", "--query", "q.sql")
    by_flag = Loader(folder=tmp_path).run("load", "--sandbox", "--sql", url, "--query", "q.sql")

    assert by_variable.code == by_flag.code == 2
    for text in (by_variable.err, by_flag.err, by_variable.out, by_flag.out):
        assert "canary" not in text.replace(SECRET, "canary").replace(quoted, "canary")
    assert not any(b"nary" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_query_is_loaded_and_its_rows_are_in_the_results(tmp_path: Path) -> None:
    path = tmp_path / "legacy.db"
    with sqlite3.connect(path) as sql:
        sql.execute("CREATE TABLE offer (title, body)")
        sql.executemany("INSERT INTO offer VALUES (?, ?)", [("One", "<p>1</p>"), ("", "<p>2</p>")])
    sql.close()
    (tmp_path / "q.sql").write_text(
        f"SELECT title AS name, '{PLACEMENT}' AS placement, 'html' AS type, body AS content\n"
        "FROM offer ORDER BY rowid"
    )
    loader = Loader(folder=tmp_path)
    arguments = ("--sandbox", "--sql", f"sqlite:///{path}", "--query", "q.sql")

    ran = loader.run("load", *arguments, "--results", "results.csv")
    again = loader.run("load", *arguments)

    rows = results_of(tmp_path / "results.csv")
    assert ran.code == 1, ran.err
    assert [(row["row"], row["status"]) for row in rows] == [
        ("1", "created"),
        ("2", "invalid"),
    ]
    assert rows[0]["file"] == f"sql:sqlite:///{path}"
    assert "A2 name" in ran.out
    assert "1 duplicate" in again.out
    assert (tmp_path / "query.results.xlsx").exists()
