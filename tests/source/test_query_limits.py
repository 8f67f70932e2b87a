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
