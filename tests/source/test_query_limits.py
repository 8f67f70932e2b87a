"""A query that makes too much, or never ends, is refused."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.options import Limits
from loader.source.query import Query, query_of
from tests.support.postgres import USER

if TYPE_CHECKING:
    from tests.support.postgres import Server

ENDLESS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS name FROM n"
)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("SELECT zeroblob(900000000) AS name", Limits()),
        ("SELECT hex(randomblob(900000000)) AS name", Limits()),
        (ENDLESS, Limits(query_seconds=0)),
    ],
)
def test_what_a_query_may_make_is_bounded(text: str, limits: Limits, tmp_path: Path) -> None:
    path = tmp_path / "offers.db"
    path.touch()

    with pytest.raises(UnreadableSource, match=r"too big|interrupted|more than") as caught:
        open_source(query_of(f"sqlite:///{path}", text), ReadOptions(), limits=limits)

    assert caught.value.code in {"query-failed", "beyond-limits"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENDLESS.replace("count(*)", "max(x % 7)::text"), "statement timeout"),
        ("SELECT NULL AS name FROM generate_series(1, 1000000000000)", "statement timeout"),
        ("SELECT nullif(n, n) AS name FROM generate_series(1, 9999) n", "than 1,000 blank rows"),
    ],
)
def test_a_query_of_a_server_that_never_ends_is_ended(
    postgres: "Server", text: str, said: str
) -> None:
    limits = Limits(query_seconds=2.0, blank_rows=1_000)
    with postgres.database() as database:
        query = query_of(_url(postgres, database), text)

        with pytest.raises(UnreadableSource, match=said):
            _names(query, limits)


def test_a_time_that_a_person_has_set_stays(postgres: "Server") -> None:
    with postgres.database() as database:
        url = _url(postgres, database) + "&options=-c%20statement_timeout%3D5s"
        text = "SELECT current_setting('statement_timeout') AS name"

        assert _names(query_of(url, text), Limits()) == ["5s"]


def _names(query: Query, limits: Limits) -> list[str]:
    with open_source(query, ReadOptions(), limits=limits) as source:
        return [
            name
            for table in source.tables()
            for chunk in table.chunks
            for (name,) in chunk.frame.itertuples(index=False)
        ]


def _url(postgres: "Server", database: str) -> str:
    return f"postgresql+psycopg://{USER}@/{database}?host={postgres.folder}&port={postgres.port}"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///file:{path}?mode=rwc&uri=true",
        "sqlite+pysqlite:///file:{path}?uri=1",
        "sqlite:///file:{path}?uri=false",
        "sqlite:///file://{path}?mode=memory&uri=true",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///{path}",
    ],
)
def test_a_database_that_is_not_there_is_not_made(url: str, tmp_path: Path) -> None:
    query = query_of(url.format(path=tmp_path / "none.db"), "SELECT 1 AS name")

    with pytest.raises(UnreadableSource, match="there is no database file"):
        open_source(query, ReadOptions())

    assert not list(tmp_path.iterdir())


def test_a_database_named_as_a_uri_is_read(tmp_path: Path) -> None:
    (tmp_path / "my offers.db").touch()
    uri = f"sqlite:///file:{tmp_path}/my%2520offers.db?mode=rwc&uri=true"

    with open_source(query_of(uri, "SELECT 'a' AS name"), ReadOptions()) as source:
        (table,) = source.tables()

    assert table.header == ("name",)
