"""A query that makes too much, or never ends, is refused."""

from pathlib import Path

import pytest

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.options import Limits
from loader.source.query import query_of

ENDLESS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS name FROM n"
)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("SELECT zeroblob(900000000) AS name", Limits()),
        ("SELECT hex(randomblob(900000000)) AS name", Limits()),
        (ENDLESS, Limits(cpu_seconds=0)),
    ],
)
def test_what_a_query_may_make_is_bounded(text: str, limits: Limits, tmp_path: Path) -> None:
    path = tmp_path / "offers.db"
    path.touch()

    with pytest.raises(UnreadableSource, match=r"too big|interrupted|more than") as caught:
        open_source(query_of(f"sqlite:///{path}", text), ReadOptions(), limits=limits)

    assert caught.value.code in {"query-failed", "beyond-limits"}


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
