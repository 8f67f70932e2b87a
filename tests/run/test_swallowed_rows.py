"""Rows that a stray quote made part of a cell are told, whatever the cell's column is for."""

from pathlib import Path

import openpyxl
import pytest

from loader.errors import UnreadableSource
from loader.validation.repair_column import HEADING
from tests.support.run_checks import HEAD, checked, counted
from tests.support.workbooks import PLACEMENT, Loader

HEADER = f"{HEAD.strip()},Notes\n"
OFFER = f"{PLACEMENT},html,<p>x</p>"
SWALLOWED = (
    f'{HEADER}One,{OFFER},"VIP first\nTwo,{OFFER},ok\nThree,{OFFER},of 15"\nFour,{OFFER},ok\n'
)


def found_in(path: Path, *ignored: str) -> list[tuple[str, str]]:
    """Return the cell and the code of each error, with these columns ignored."""
    report = checked(path, ignored=ignored)
    return [(each.error.cell, each.error.code) for each in report.findings.first]


@pytest.mark.parametrize("ignored", ["Notes", "*"])
def test_rows_swallowed_by_a_cell_that_is_not_read_are_told(tmp_path: Path, ignored: str) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(SWALLOWED)

    assert found_in(path, ignored) == [("E2", "swallowed-rows")]


def test_a_text_of_several_lines_in_a_column_that_is_not_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(
        f'{HEADER}One,{OFFER},"first, see Ann\nthen, at last, Bob\n\nbye"\n'
        f'Two,{OFFER},"Ann said ""ok"", but ask\nlegal, finance, sales, IT, and others"\n'
    )

    assert found_in(path, "Notes") == []


def test_a_text_that_looks_like_swallowed_rows_is_taken_once_a_person_says_so(
    tmp_path: Path,
) -> None:
    (tmp_path / "offers.csv").write_text(SWALLOWED)
    loader = Loader(folder=tmp_path)
    ignoring = ("--ignore-column", "Notes")

    said = loader.run("check", "offers.csv", *ignoring)
    as_it_is = loader.run("load", "offers.checked.xlsx", "--sandbox", "--json", *ignoring)
    book = openpyxl.load_workbook(tmp_path / "offers.checked.xlsx")
    sheet = book.worksheets[0]
    assert sheet.cell(1, sheet.max_column).value == HEADING
    sheet.cell(2, sheet.max_column).value = None
    book.save(tmp_path / "offers.checked.xlsx")
    meant = loader.run("load", "offers.checked.xlsx", "--sandbox", "--json", *ignoring)

    assert "if the text is meant" in said.out
    assert as_it_is.json["summary"]["invalid"] == 1
    assert (meant.code, meant.json["summary"]["invalid"]) == (0, 0)


def test_rows_swallowed_by_a_heading_are_told(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(
        f'{HEADER.strip()},"More\nOne,{OFFER},a,b\nTwo,{OFFER},a,15"\nThree,{OFFER},a,b\n'
    )

    with pytest.raises(UnreadableSource, match="F1 holds lines that look like rows") as caught:
        found_in(path, "*")

    assert caught.value.code == "broken-quotes"


def test_rows_swallowed_by_a_title_are_told(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(f'"Offers of the week\n{HEADER}One,{OFFER},ok"\n{HEADER}Two,{OFFER},ok\n')

    with pytest.raises(UnreadableSource, match="A1 holds lines that look like rows") as caught:
        found_in(path, "*")

    assert caught.value.code == "broken-quotes"


def test_a_heading_and_a_title_of_several_lines_are_none(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(
        f'"Offers of the week,\nfor Ann, Bob, Eve, Kim, and Lee",,,,\n'
        f'{HEAD.strip()},"Notes\n(any, free, of sales, IT, or legal)"\n'
        f"One,{OFFER},ok\n"
    )

    assert counted(checked(path, ignored=("*",))) == [("", 1, 0)]
