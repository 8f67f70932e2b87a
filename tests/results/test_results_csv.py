"""The results as CSV: what a spreadsheet would run is kept as text, and said."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.results import write_results
from loader.results.cell_text import escape_formulas, is_harmless, visible
from loader.run_results import ResultRow, RunSummary

TEXTS = st.text(
    st.sampled_from("ab1 =+-@|;\t\r\n.,\u00a0\u3000\u200b\u3164\ufe0f\ufeff＝＋\x00\ud800"),
    max_size=6,
)


@given(texts=st.lists(TEXTS, max_size=4))
def test_one_look_at_a_row_overlooks_nothing(texts: list[str]) -> None:
    one_by_one = all(visible(text) == text == escape_formulas(text) for text in texts)

    assert one_by_one or not is_harmless(texts)


@pytest.mark.parametrize(
    ("cells", "shown", "neutralised"),
    [
        (("Summer", "a|b - c"), ["Summer", "a|b - c"], ""),
        (("Summer", "a| -b"), ["Summer", "a| -b"], ""),
        (("Summer", "-5"), ["Summer", "-5"], ""),
        (("  =1+1", "line\nend"), ["'  =1+1", "line\nend"], "name"),
        (("@SUM(A1)", "＝1"), ["'@SUM(A1)", "'＝1"], "name; content"),
        (("\u200b=1+1", "\ufeff@a"), ["'\u200b=1+1", "'\ufeff@a"], "name; content"),
        (("\u3164=1+1", "\ufe0f-a"), ["'\u3164=1+1", "'\ufe0f-a"], "name; content"),
        (("a;=1+1", "1; \u2060+A1;-5"), ["a;'=1+1", "1;' \u2060+A1;-5"], "name; content"),
        (("a\n=1+1", "1;-5"), ["a\n'=1+1", "1;-5"], "name"),
        (("=1;=2", "-5a"), ["'=1;'=2", "'-5a"], "name; content"),
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
