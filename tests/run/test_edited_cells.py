"""Edited cells are judged and sent as if the file held the new texts; the file stays as it is."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.events import silent
from loader.run.check.check import check_files
from loader.run.plan.plan_load import plan_files
from loader.run.requests import CheckRequest, LoadRequest
from loader.settings import load_settings
from loader.source.edited_cells import ROW, Cell, CellEdits
from tests.support.checking import ANY_CELLS
from tests.support.laws import tried
from tests.support.workbooks import HEADER, PLACEMENT

GOOD = ("A", PLACEMENT, "html", "<p>Hello</p>", "web", "approved")
TEXTS = st.sampled_from(
    (
        *("", " ", "A", "a ", "B", PLACEMENT, "Banner", "html", "htm", "<p>Hi</p>", "web"),
        *("aproved", "#N/A", "4,5E+12", '="007"', "bell\x07", "CafÃ©", "two\nlines", 'a "q" text'),
    )
)
PLAIN = load_settings(environment={})


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def edits(**texts: str) -> CellEdits:
    """Return edits of cells of a CSV: B3="text"; ROW3="" confirms a row."""
    return CellEdits(
        cells={
            Cell("", int(name.lstrip("ABCDEFROW")), ROW if name.startswith("ROW") else at): text
            for name, text in texts.items()
            for at in ["ABCDEF".find(name[0])]
        }
    )


def seen(path: Path, rows: int, changed: CellEdits | None = None) -> object:
    """Return all that a check tells of a file, but for its name."""
    request = CheckRequest(
        sources=(str(path),),
        edits=changed,
        max_errors_shown=1_000,
        show_payload=tuple(range(2, rows + 2)),
    )
    try:
        report = check_files(request, PLAIN, listener=silent)
    except UnreadableSource:
        return "nothing to read"
    payloads = [(each.row_number, each.body, each.unsettled) for each in report.payloads]
    counts = [(each.read, each.invalid) for each in report.sheets]
    errors = [each.error for each in report.findings.first]
    errors.sort(key=lambda each: (each.row_number, each.cell, each.code))
    return errors, payloads, counts


@settings(ANY_CELLS, max_examples=tried(40))
@given(
    rows=st.lists(st.tuples(*(st.just(cell) | TEXTS for cell in GOOD)), min_size=1, max_size=4),
    changes=st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 5)), TEXTS, max_size=8),
)
def test_editing_cells_is_writing_them_into_the_file(
    tmp_path: Path, rows: list[tuple[str, ...]], changes: Mapping[tuple[int, int], str]
) -> None:
    filled = [at for at, row in enumerate(rows) if "".join(row).strip()]  # a blank row is no row
    changes = {place: text for place, text in changes.items() if place[0] in filled}
    written = [list(row) for row in rows]
    for (row, column), text in changes.items():
        written[row][column] = text
    overlay = CellEdits(cells={Cell("", row + 2, at): text for (row, at), text in changes.items()})

    edited = seen(write(tmp_path / "as-read.csv", rows), len(rows), overlay)

    assert edited == seen(write(tmp_path / "written.csv", written), len(rows))


def test_what_the_reader_found_wrong_with_a_cell_is_gone_with_its_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [("A", PLACEMENT, "html", "#N/A", "web", "CafÃ©")])

    before, after = seen(path, 1), seen(path, 1, edits(D2="<p>Hi</p>", F2="draft"))

    assert {error.code for error in before[0]} == {"cell-error", "mojibake", "not-allowed"}
    assert (after[0], after[2]) == ([], [(1, 0)])


def test_a_row_whose_cells_have_shifted_stays_wrong_until_somebody_confirms_it(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.csv", [("A", PLACEMENT, "html", "<p>1", " 2</p>", "web", "draft")])

    one, two = edits(D2="<p>1, 2</p>", E2="web", F2="draft"), {Cell("", 2, ROW): "confirmed"}

    assert [error.code for error in seen(path, 1, one)[0]] == ["ragged-row"]
    assert seen(path, 1, CellEdits(cells={**one.cells, **two}))[0] == []


def test_the_order_of_edits_does_not_change_their_digest() -> None:
    one = edits(A2="x", B3="y")

    assert one.digest == CellEdits(cells=dict(reversed(one.cells.items()))).digest
    assert one.digest != edits(A2="x", B3="z").digest
    assert not CellEdits()


def test_a_run_is_known_by_the_edits_of_its_file(tmp_path: Path) -> None:
    """The same file with the same edits is the same run; with others it is another one."""
    path = write(tmp_path / "a.csv", [GOOD])
    ours = load_settings(environment={"LOADER_JOURNAL": str(tmp_path / "journal.sqlite3")})

    def planned(changed: CellEdits | None) -> str:
        request = LoadRequest(sources=(str(path),), sandbox=True, edits=changed)
        return plan_files(request, ours, listener=silent).plan_id

    plain = [planned(None), planned(CellEdits())]
    edited = [planned(edits(A2="B")), planned(edits(A2="B"))]
    others = [planned(edits(A2="C")), planned(None)]

    assert plain[0] == plain[1]
    assert edited[0] == edited[1]
    assert len({plain[0], edited[0], *others}) == 4


def test_edits_of_several_files_are_refused() -> None:
    with pytest.raises(ValueError, match="one source"):
        LoadRequest(sources=("a.csv", "b.csv"), edits=edits(A2="x"))
