"""The results as CSV: what a spreadsheet would run is kept as text, and said."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.model import ResultRow, RunSummary
from loader.results import write_results
from loader.results.text import is_harmless, visible, would_run

TEXTS = st.text(st.sampled_from("ab1 =+-@|\t\r\n.,\u00a0\u3000＝＋\x00\ud800"), max_size=6)


@given(texts=st.lists(TEXTS, max_size=4))
def test_one_look_at_a_row_overlooks_nothing(texts: list[str]) -> None:
    one_by_one = all(visible(text) == text and not would_run(text) for text in texts)

    assert one_by_one or not is_harmless(texts)


@pytest.mark.parametrize(
    ("cells", "shown", "neutralised"),
    [
        (("Summer", "a|b - c"), ["Summer", "a|b - c"], ""),
        (("Summer", "a| -b"), ["Summer", "a| -b"], ""),
        (("Summer", "-5"), ["Summer", "-5"], ""),
        (("  =1+1", "line\nend"), ["'  =1+1", "line\nend"], "name"),
        (("@SUM(A1)", "＝1"), ["'@SUM(A1)", "'＝1"], "name; content"),
        (("a\x00b", ""), ["a\\u0000b", ""], ""),
    ],
)
def test_a_cell_that_would_run_is_kept_as_text(
    tmp_path: Path, cells: tuple[str, str], shown: list[str], neutralised: str
) -> None:
    row = ResultRow(source="o.csv", sheet="", row_number=2, cells=cells, status="created",
                    finished_at=1_700_000_000.9)  # fmt: skip
    summary = RunSummary(
        run_id="r", target="t", sources=("o.csv",), read=1, invalid=0, duplicate=0, created=1,
        failed=0, unknown=0, pending=0, started_at=0.0, finished_at=1.0,
    )  # fmt: skip
    path = tmp_path / "r.csv"
    write_results(path, [row], headers={("o.csv", ""): ("name", "content")}, summary=summary)

    with path.open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert [line["name"], line["content"], line["neutralised"]] == [*shown, neutralised]
    assert (line["finished_at"], line["status"]) == ("2023-11-14T22:13:20Z", "created")
