"""No row of a text file vanishes in a cell without an error; a text of several lines is no row."""

import csv
import io
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.source import ReadOptions
from tests.support.laws import tried
from tests.support.reading import read_everything
from tests.support.stray_quotes import BELOW, ENDS, HEADER, with_a_stray_quote

LAW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=tried(150),
)
HERE = ReadOptions(isolated=False, delimiter=",")


def file_of(folder: Path, lines: list[str], end: str) -> str:
    """Write a file of these lines below good ones; return its path."""
    path = folder / "offers.csv"
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return str(path)


@LAW
@given(with_a_stray_quote(), ENDS)
def test_a_row_that_is_not_read_is_told(
    tmp_path: Path, drawn: tuple[list[str], int], end: str
) -> None:
    lines, written = drawn
    try:
        found = read_everything(file_of(tmp_path, lines, end), HERE)
    except UnreadableSource:
        return  # nothing of it is loaded

    codes = {code for _, _, code in found.problems}

    assert len(found.rows) == written or codes & {"swallowed-rows", "ragged-row"}


PROSE = st.sampled_from(
    [
        "Dear Ann, see below",
        "Web banner, html, and more",
        "Offer 1, Web banner",
        "a, b { color: red, blue; }",
        "<p>One, two</p>",
        '<a href="x,y">z</a>',
        "",
        "Web banner",
    ]
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["name", "type", "a"]),
    st.sampled_from(["Web banner", "html", 1, [1, 2, "html"]]),
).map(lambda document: json.dumps(document, indent=2))
TEXTS = st.one_of(st.lists(PROSE, min_size=1, max_size=5).map("\n".join), DOCUMENTS)


@LAW
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), ENDS, BELOW)
def test_a_text_of_several_lines_is_no_row(
    tmp_path: Path, texts: list[tuple[str, str, str]], end: str, above: int
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(HEADER)
    writer.writerows([["Offer 0", "Web banner", "html", "x", "", "", ""]] * above)
    for content, notes, more in texts:
        cells = ["Offer 1", "Web banner", "html", content, notes, "", more]
        writer.writerow([cell.replace("\n", end) for cell in cells])
    path = tmp_path / "offers.csv"
    path.write_bytes(out.getvalue().encode())

    found = read_everything(str(path), HERE)

    assert len(found.rows) == above + len(texts)
    assert found.problems == frozenset()
