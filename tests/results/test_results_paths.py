"""Where results go: never onto a file that the loader did not write."""

import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from loader.errors import ResultsError
from loader.results import check_writable, default_results_path, path_beside, write_results
from tests.support.result_rows import HEADERS, created, summary_of


def write(path: Path) -> None:
    rows = [created(2, "a")]
    write_results(path, rows, headers=HEADERS, summary=summary_of(rows))


def test_a_workbook_of_the_user_keeps_its_name(tmp_path: Path) -> None:
    theirs = tmp_path / "results.xlsx"
    openpyxl.Workbook().save(theirs)

    assert default_results_path([str(tmp_path / "a.csv"), "b.csv"]) == tmp_path / "results-2.xlsx"
    with pytest.raises(ResultsError, match="the loader did not write it"):
        check_writable(theirs)


def test_results_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    source = str(tmp_path / "a.csv")
    first = default_results_path([source])
    write(first)

    assert default_results_path([source]) == first == tmp_path / "a.results.xlsx"
    check_writable(first)


def test_results_that_someone_edited_are_kept(tmp_path: Path) -> None:
    source = str(tmp_path / "a.csv")
    first = default_results_path([source])
    write(first)
    openpyxl.load_workbook(first).save(first)

    assert default_results_path([source]) == tmp_path / "a.results-2.xlsx"


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl"])
def test_tables_are_replaced_only_if_they_are_results(tmp_path: Path, name: str) -> None:
    ours, theirs, blank = (tmp_path / f"{word}{name}" for word in ("ours", "theirs", "blank"))
    write(ours)
    theirs.write_text("name,placement\r\na,b\r\n")
    blank.touch()

    check_writable(ours)
    check_writable(blank)
    with pytest.raises(ResultsError, match="choose another place with --results PATH"):
        check_writable(theirs)
    assert theirs.read_text() == "name,placement\na,b\n"


def test_results_of_earlier_versions_are_replaced(tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    table.write_bytes(b"name,status,instanceId,file,sheet,row,neutralised\r\n")
    book = tmp_path / "r.xlsx"
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("docProps/untouched.xml", "<untouched/>")

    check_writable(table)
    check_writable(book)


def test_every_status_has_its_line_in_the_summary(tmp_path: Path) -> None:
    rows = [
        replace(created(number, "a"), status=status)
        for number, status in enumerate(("created", "undone", "deleted", "skipped"), start=2)
    ]
    counts = {"created": 1, "undone": 1, "deleted": 1, "skipped": 1}
    summary = replace(summary_of([]), read=4, **counts)
    path = tmp_path / "r.xlsx"

    write_results(path, rows, headers=HEADERS, summary=summary)

    sheet = openpyxl.load_workbook(path)["Summary"]
    shown = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}
    assert {status: shown[status] for status in counts} == counts


def test_the_name_of_a_copy_does_not_grow_with_each_copy() -> None:
    names = {source: path_beside(source, "checked").name for source in ("a.csv", "a.failed.xlsx")}
    again = [path_beside(f"a.checked{n}.xlsx", "checked").name for n in ("", "-2", "-3")]

    assert names == {"a.csv": "a.checked.xlsx", "a.failed.xlsx": "a.failed.checked.xlsx"}
    assert again == ["a.checked-2.xlsx", "a.checked.xlsx", "a.checked.xlsx"]
