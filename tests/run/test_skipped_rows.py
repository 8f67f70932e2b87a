"""What a mapping skips: rows that are no offers, and never one of which that is not sure."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.run_checks import HEAD, checked, notices
from tests.support.workbooks import PLACEMENT

OFFER = f"{PLACEMENT},html,<p>x</p>"


def judged(path: Path, skip: str) -> tuple[list[tuple[str, str]], str]:
    """Return the place and the code of each error, and what is said of skipped rows."""
    mapping = path.with_name("my.toml")
    mapping.write_text(f"ignore = ['*']\n[[skip]]\n{skip}\n", "utf-8")
    report = checked(path, settings={"LOADER_MAPPING": str(mapping)})
    found = [
        (each.error.cell or f"row {each.error.row_number}", each.error.code)
        for each in report.findings.first
    ]
    said = notices(report).get("rows-skipped", "")
    return found, said.partition(": ")[2]


def text_file(folder: Path, *lines: str) -> Path:
    path = folder / "offers.csv"
    path.write_text("\n".join((f"{HEAD.strip()},stage", *lines, "")), "utf-8")
    return path


def book(folder: Path, *rows: tuple[str, ...], merged: str = "") -> Path:
    path = folder / "offers.xlsx"
    made = openpyxl.Workbook()
    sheet: Worksheet = made.worksheets[0]
    for cells in (("name", "placement", "type", "content", "stage"), *rows):
        sheet.append(cells)
    if merged:
        sheet.merge_cells(merged)
    made.save(path)
    return path


def test_a_row_that_swallowed_others_is_not_skipped(tmp_path: Path) -> None:
    path = text_file(
        tmp_path,
        f'Old,{PLACEMENT},html,"<p>a</p>,archived',
        f"New,{OFFER},live",
        f'Newer,{PLACEMENT},html,",archived',
        f"Gone,{OFFER},archived",
    )

    found, skipped = judged(path, "column = 'stage'\nequals = 'archived'")

    assert found == [("D2", "swallowed-rows")]
    assert skipped == "row 3"


def test_a_row_whose_cells_may_have_shifted_is_skipped_by_its_first_cell_alone(
    tmp_path: Path,
) -> None:
    """No cell can be missing before the first one: a line of remarks is still one."""
    lines = (f"Save 1,000,{PLACEMENT},html,,live", "# made by Ann, Bob, Eve, Joe, Zoe")
    path = text_file(tmp_path, *lines)

    by_remark, remarks = judged(path, "column = 'name'\nmatches = '^#'")
    by_state, blanks = judged(path, "column = 'stage'\nblank = true")

    assert ("row 2", "ragged-row") in by_remark
    assert remarks == "row 3"
    assert ("row 2", "ragged-row") in by_state
    assert blanks == ""


@pytest.mark.parametrize("rule", ["blank = true", "matches = '^$'", "equals = ''"])
def test_a_formula_without_a_value_is_not_blank(tmp_path: Path, rule: str) -> None:
    rows = [("=A9", PLACEMENT, "html", "x", "y"), ("", PLACEMENT, "html", "x", "y")]

    found, skipped = judged(book(tmp_path, *rows), f"column = 'name'\n{rule}")

    assert found == [("Sheet!A2", "formula-no-value")]
    assert skipped == "row 3"


@pytest.mark.parametrize(
    ("word", "cell"),
    [
        ("İptal", "İptal"),
        ("ΑΝΕΝΕΡΓΟΣ", "ΑΝΕΝΕΡΓΟΣ"),
        ("Ανενεργός", "ΑΝΕΝΕΡΓΌΣ"),
        ("Archivé", "Archive\u0301"),
        ("STRASSE", "straße"),
        ("archived", " ARCHIVED "),
    ],
)
def test_a_word_is_recognised_however_it_is_written(tmp_path: Path, word: str, cell: str) -> None:
    path = text_file(tmp_path, f"One,{OFFER},live", f"Two,{OFFER},{cell}")

    _, skipped = judged(path, f"column = 'stage'\nequals = ['other', '{word}']")

    assert skipped == "row 3"


def test_a_formula_without_a_value_is_told_where_only_a_rule_reads_its_column(
    tmp_path: Path,
) -> None:
    rows = [("One", PLACEMENT, "html", "x", "=A9"), ("Two", PLACEMENT, "html", "x", "=A9")]
    path = book(tmp_path, *rows)

    blank, _ = judged(path, "column = 'stage'\nblank = true")
    word, _ = judged(path, "column = 'stage'\nequals = 'archived'")

    assert blank == [("Sheet!E2", "formula-no-value"), ("Sheet!E3", "formula-no-value")]
    assert word == []


def test_a_cell_below_the_first_of_a_merged_area_is_not_blank(tmp_path: Path) -> None:
    rows = [("One", PLACEMENT, "html", "x", "live"), ("Two", PLACEMENT, "html", "x", "")]

    found, skipped = judged(book(tmp_path, *rows, merged="E2:E3"), "column = 'stage'\nblank = true")

    assert found == [("Sheet!E3", "merged-cells")]
    assert skipped == ""


def test_a_line_merged_into_one_cell_is_still_skipped(tmp_path: Path) -> None:
    rows = [("Spring", "", "", "", ""), ("One", PLACEMENT, "html", "x", "live")]

    found, skipped = judged(
        book(tmp_path, *rows, merged="A2:E2"), "column = 'placement'\nblank = true"
    )

    assert found == []
    assert skipped == "row 2"
