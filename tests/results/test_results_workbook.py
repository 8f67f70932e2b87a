"""The workbook: every row once, errors that lead to their cells, a summary that adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from xlsxwriter.worksheet import Worksheet

from loader.model import Notice, Severity
from loader.results import sheet_xml, write_results
from loader.results import table_workbook as book_module
from loader.results.columns import DETAIL_COLUMNS, OUTCOME_COLUMNS
from loader.run_results import ResultRow
from loader.target_words import target_in_words
from tests.support.result_rows import (
    HEADER,
    HEADERS,
    SHEET,
    SOURCE,
    created,
    failed,
    invalid,
    wrong,
)
from tests.support.result_rows import summary_of as total


def written(
    folder: Path,
    rows: Sequence[ResultRow],
    headers: Mapping[tuple[str, str], Sequence[str]] = HEADERS,
    **options: Any,
) -> openpyxl.Workbook:
    path = folder / "offers.results.xlsx"
    dry_run = options.pop("dry_run", False)
    write_results(path, rows, headers=headers, summary=total(rows, dry_run=dry_run), **options)
    return openpyxl.load_workbook(path)


def test_what_a_long_sheet_uses_of_its_library_without_a_promise_is_there() -> None:
    used = ("_write_sheet_data", "_xml_start_tag", "_xml_end_tag", "fh", "ignore_write_string")
    size = ("dim_rowmin", "dim_rowmax")

    assert [name for name in (*used, *size) if not hasattr(Worksheet(), name)] == []


def table(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_every_row_is_there_once_with_its_cells_and_what_became_of_it(tmp_path: Path) -> None:
    rows = [created(2, "Winter", "p1", "<p>a & b</p>"), failed(5, "NA", "001", "1e5")]

    book = written(tmp_path, rows)

    assert book.sheetnames == ["Results", "Errors", "Summary"]
    header, first, second = table(book["Results"])
    assert header == (*OUTCOME_COLUMNS, *HEADER, *DETAIL_COLUMNS)
    assert first == (
        *("created", 2, None, None, "id-2"),
        *("Winter", "p1", "<p>a & b</p>"),
        *(None, "at-2", "1", 1, 201, None, "2026-11-18T11:06:42Z"),
        *(SOURCE, SHEET),
    )
    assert second[:3] == ("failed", 5, "no")
    assert second[5:9] == ("NA", "001", "1e5", "http-400")


def test_programs_that_trust_the_size_that_a_sheet_names_see_all_rows(tmp_path: Path) -> None:
    written(tmp_path, [created(2, "a"), invalid(7, "x", errors=[wrong(7, "B")])])

    book = openpyxl.load_workbook(tmp_path / "offers.results.xlsx", read_only=True)

    sizes = {name: (book[name].max_row, book[name].max_column) for name in ("Results", "Errors")}
    assert [len(table(book[name])) for name in sizes] == [3, 2]
    assert sizes == {
        "Results": (3, len(table(book["Results"])[0])),
        "Errors": (2, len(table(book["Errors"])[0])),
    }
    book.close()


def test_what_to_do_is_beside_what_is_wrong(tmp_path: Path) -> None:
    hint = replace(wrong(4, "B"), suggestion="give it a name")
    rows = [invalid(4, "x", errors=[hint]), failed(5, "y"), created(6, "z")]

    _, *lines = table(written(tmp_path, rows)["Results"])

    assert lines[0][3] == "give it a name"
    assert lines[1][3].startswith("Correct what the words name")
    assert lines[2][3] is None


def test_no_two_headings_are_the_same_word(tmp_path: Path) -> None:
    headers = {(SOURCE, SHEET): ("name", "Status", "row")}

    header, line = table(written(tmp_path, [created(2, "a", "draft", "7")], headers)["Results"])

    assert header[5:8] == ("name", "Status (source)", "row (source)")
    assert (line[0], line[1], line[5:8]) == ("created", 2, ("a", "draft", "7"))


def test_an_error_leads_to_its_cell(tmp_path: Path) -> None:
    rows = [created(2, "a", "b", "c"), invalid(7, "x", "", "y", errors=[wrong(7, "B")])]

    book = written(tmp_path, rows)

    header, line = table(book["Errors"])
    assert dict(zip(header, line, strict=True))["cell"] == "Offers!B7"
    link = book["Errors"]["D2"].hyperlink
    assert link.location == "'Results'!G3"
    assert link.target is None
    assert book["Results"]["G3"].fill.fgColor.rgb == "FFFFC7CE"
    assert book["Results"]["C3"].value == "Offers!B7: the name is blank; every offer needs one"


def test_what_the_api_refused_leads_to_its_status(tmp_path: Path) -> None:
    book = written(tmp_path, [failed(2, "a", "b", "c", code="http-422", error="bad placement")])

    assert table(book["Errors"])[1][3:8] == ("row 2", None, "error", "http-422", "bad placement")
    assert book["Errors"]["D2"].hyperlink.location == "'Results'!A2"


def test_a_warning_is_listed_and_the_row_stays_without_error(tmp_path: Path) -> None:
    row = created(2, "a", "b", "c")
    warned = ResultRow(
        **{name: getattr(row, name) for name in ResultRow.__dataclass_fields__ if name != "errors"},
        errors=(wrong(2, "A", code="long-name", severity=Severity.WARNING),),
    )

    book = written(tmp_path, [warned])

    assert table(book["Errors"])[1][5:7] == ("warning", "long-name")
    assert table(book["Results"])[1][2:4] == (None, None)


def test_status_shows_by_colour(tmp_path: Path) -> None:
    sheet = written(tmp_path, [created(2, "a"), failed(3, "b")])["Results"]

    assert [sheet["A2"].fill.fgColor.rgb, sheet["A3"].fill.fgColor.rgb] == ["FFC6EFCE", "FFFFC7CE"]
    assert sheet["A1"].font.b
    assert sheet["A2"].number_format == "@"


def test_the_header_stays_in_view_and_filters_all_rows(tmp_path: Path) -> None:
    book = written(tmp_path, [created(number, "a") for number in range(2, 30)])

    assert book["Results"].freeze_panes == "C2"
    assert book["Results"].auto_filter.ref == "A1:Q29"
    assert book["Errors"].auto_filter.ref == "A1:J1"


def test_the_summary_has_counts_target_timing_and_a_chart(tmp_path: Path) -> None:
    rows = [created(2, "a"), created(3, "b"), invalid(4, "", errors=[wrong(4, "A")])]

    book = written(tmp_path, rows, notices=[Notice(source=SOURCE, code="hidden", message="2 rows")])

    lines = table(book["Summary"])
    first = {line[0]: line[1] for line in lines}
    assert (first["created"], first["invalid"], first["read"]) == (2, 1, 3)
    assert first["Target"] == "http://127.0.0.1:8000, organisation org, sandbox sandbox"
    assert first["Took"] == "0:01:30 (0.02 offers created per second)"
    assert first["blank"] == 1
    assert first["Note"] == "offers.xlsx: 2 rows"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("https://platform.adobe.io|O@A|prod", "platform.adobe.io, organisation O@A, sandbox prod"),
        ("https://h/x|o|s|c1", "h/x, organisation o, sandbox s, container c1"),
        ("embedded sandbox|/me/j.sqlite3|dps", "the embedded sandbox (dps) in /me/j.sqlite3"),
        ("dry-run 7", "dry-run 7"),
    ],
)  # fmt: skip
def test_the_target_is_told_in_words(key: str, words: str) -> None:
    assert target_in_words(key) == words


def test_the_chart_shows_the_counts(tmp_path: Path) -> None:
    charts = written(tmp_path, [created(2, "a")])["Summary"]._charts  # type: ignore[attr-defined]

    assert len(charts) == 1
    numbers = charts[0].series[0].val.numRef.f
    assert numbers.startswith("Summary!$B$")
    assert charts[0].x_axis.tickLblSkip == 1  # each bar has its name


def test_a_dry_run_says_so_and_shows_the_payload(tmp_path: Path) -> None:
    row = ResultRow(
        source=SOURCE,
        sheet=SHEET,
        row_number=2,
        cells=("a", "b", "c"),
        status="pending",
        payload=b'{"name":"a"}',
    )

    book = written(tmp_path, [row], dry_run=True)

    header, line = table(book["Results"])
    assert dict(zip(header, line, strict=True))["payload"] == '{"name":"a"}'
    assert table(book["Summary"])[0][0] == "Dry run: nothing was sent"


def test_sources_with_different_headers_share_the_union(tmp_path: Path) -> None:
    headers = {("a.csv", ""): ("name", "tags"), ("b.csv", ""): ("tags", "NAME", "name")}
    rows = [
        created(2, "n1", "t1", source="a.csv", sheet=""),
        created(2, "t2", "N2", "n2", source="b.csv", sheet=""),
    ]

    header, first, second = table(written(tmp_path, rows, headers)["Results"])

    assert header[5:8] == ("name", "tags", "NAME")
    assert first[5:8] == ("n1", "t1", None)
    assert second[5:8] == ("n2", "t2", "N2")
    assert (first[-2], second[-2]) == ("a.csv", "b.csv")


def test_repeated_headers_keep_their_own_cells(tmp_path: Path) -> None:
    headers = {(SOURCE, SHEET): ("tags", "tags")}

    header, line = table(written(tmp_path, [created(2, "one", "two")], headers)["Results"])

    assert (header[5:7], line[5:7]) == (("tags", "tags"), ("one", "two"))


def test_cells_beyond_the_header_are_not_lost(tmp_path: Path) -> None:
    _, line = table(written(tmp_path, [created(2, "a", "b", "c", "", "stray")])["Results"])

    assert "[cells beyond the header: stray]" in line[2]


def test_formulas_links_and_errors_stay_text(tmp_path: Path) -> None:
    cells = ("=1+1", "#N/A", "https://example.com")

    sheet = written(tmp_path, [created(2, *cells), created(3, "@x", "+1", "-1")])["Results"]

    for row in sheet.iter_rows(min_row=2, min_col=6, max_col=8):
        assert [cell.data_type for cell in row] == ["s", "s", "s"]
        assert [cell.hyperlink for cell in row] == [None] * 3
    assert [cell.value for cell in sheet[2][5:8]] == list(cells)


def test_too_long_a_cell_is_cut_with_a_mark_and_a_note(tmp_path: Path) -> None:
    book = written(tmp_path, [created(2, "x" * 40_000, "😀" * 20_000, "y" * 32_767)])

    letters, emoji, fits = table(book["Results"])[1][5:8]
    assert letters.endswith("characters, whole in the journal]")
    assert 32_700 < len(letters) <= 32_767
    assert len(emoji.encode("utf-16-le")) // 2 <= 32_767
    assert fits == "y" * 32_767
    assert any(
        line[0] == "Note" and line[1].startswith("2 cells") for line in table(book["Summary"])
    )


def test_text_that_excel_would_read_as_an_escape_is_escaped(tmp_path: Path) -> None:
    _, line = table(written(tmp_path, [created(2, "_x0041_", "a_x_b", "x\r\ny")])["Results"])

    assert line[5:8] == ("_x005F_x0041_", "a_x_b", "x\r\ny")
    assert unescape(line[5]) == "_x0041_"


def test_no_rows_make_a_workbook_all_the_same(tmp_path: Path) -> None:
    book = written(tmp_path, [])

    assert len(table(book["Results"])) == 1
    assert len(table(book["Errors"])) == 1


def test_full_sheets_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_xml, "ROW_LIMIT", 11)  # a header and ten rows
    rows = [invalid(n, f"n{n}", errors=[wrong(n, "A"), wrong(n, "B")]) for n in range(2, 27)]

    book = written(tmp_path, rows)

    results = ["Results", "Results 2", "Results 3"]
    errors = [f"Errors {number}" if number > 1 else "Errors" for number in range(1, 6)]
    assert book.sheetnames == [*results, *errors, "Summary"]
    names = [line[5] for sheet in results for line in table(book[sheet])[1:]]
    assert names == [f"n{n}" for n in range(2, 27)]
    assert sum(len(table(book[sheet])) - 1 for sheet in errors) == 50
    assert book["Errors 5"]["D11"].hyperlink.location == "'Results 3'!G6"
    assert book["Results 3"].auto_filter.ref == "A1:Q6"


def test_links_past_the_limit_are_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_module, "LINK_LIMIT", 3)
    rows = [invalid(n, "", errors=[wrong(n, "A")]) for n in range(2, 7)]

    book = written(tmp_path, rows)

    links = [row[3].hyperlink is not None for row in book["Errors"].iter_rows(min_row=2)]
    assert links == [True, True, True, False, False]
    notes = [line[1] for line in table(book["Summary"]) if line[0] == "Note"]
    assert notes[0].startswith("2 lines of Errors have no link")
