"""The annotated copy: what is wrong stands in the user's own workbook, and nothing else changes."""

import gc
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from loader.annotate import ErrorSpool, annotated_copy
from loader.error_digest import ErrorDigest
from loader.events import Event, silent
from loader.model import FoundError, RowError
from loader.run.check.check import check_files
from loader.run.reports import CheckReport
from loader.run.requests import CheckRequest
from loader.settings import Settings, load_settings
from loader.source import open_source
from loader.source.options import Limits
from tests.corpus.opendocument import ods
from tests.support.annotated import BLUE, offer, texts_of, write_workbook
from tests.support.workbooks import HEADER

RED, AMBER = "FFFFC7CE", "FFFFEB9C"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(flags={}, assignments=(), config=None, profile=None, needs_target=False)


def check(path: Path, settings: Settings, *, to: Path | None = None) -> CheckReport:
    """Check a file the way the command line does."""
    request = CheckRequest(sources=(str(path),), annotate=True, annotated=to)
    return check_files(request, settings, listener=silent)


def test_wrong_cells_are_coloured_commented_and_listed_and_all_else_stays(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.xlsx"
    rows = [offer(status="aproved"), offer(name=" Spaces "), offer(name="", type="htm")]
    write_workbook(source, rows)
    before = source.read_bytes()

    report = check(source, settings)

    assert source.read_bytes() == before
    assert report.annotated == (tmp_path / "offers.checked.xlsx",)
    book = openpyxl.load_workbook(report.annotated[0])
    sheet = book["My offers"]
    assert book.sheetnames == ["My offers", "Errors", "Errors1"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        [text or None for text in row] for row in (HEADER, *rows)
    ]
    assert sheet["F2"].fill.fgColor.rgb == sheet["A4"].fill.fgColor.rgb == RED
    assert sheet["A3"].fill.fgColor.rgb == AMBER  # a warning
    assert sheet["A2"].fill.fgColor.rgb == BLUE.fgColor.rgb
    assert sheet["F2"].comment.text.startswith("ask Kim")
    assert 'did you mean "approved"?' in sheet["F2"].comment.text
    assert "[missing-value]" in sheet["A4"].comment.text
    assert (sheet.column_dimensions["D"].width, sheet.freeze_panes) == (61, "B2")
    assert sheet["A1"].font.b
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["F2:F99"]
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["A2:A99"]
    assert book["Errors"]["B1"].value == "=1+1"
    assert [str(area) for area in book["Errors"].merged_cells.ranges] == ["C1:D2"]


@pytest.mark.filterwarnings("ignore:Cell G2 is marked as a date")  # when the test reads it
@pytest.mark.parametrize("number", ["-5", "99999999", "46023.25", "0.5"])
def test_a_date_that_is_none_keeps_its_own_value_and_format(
    tmp_path: Path, settings: Settings, number: str
) -> None:
    source = tmp_path / "offers.xlsx"
    with xlsxwriter.Workbook(source) as made:
        sheet = made.add_worksheet("Offers")
        sheet.write_row(0, 0, [*HEADER, "start_date"])
        sheet.write_row(1, 0, offer(status="aproved"))
        sheet.write_number(1, len(HEADER), float(number), made.add_format({"num_format": 14}))

    (copy,) = check(source, settings).annotated

    cell = openpyxl.load_workbook(copy)["Offers"].cell(2, len(HEADER) + 1)
    with zipfile.ZipFile(copy) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert f"<v>{number}</v>" in xml
    assert "#VALUE!" not in xml
    assert cell.number_format == "mm-dd-yy"


def test_cells_of_a_merged_area_are_explained_where_the_area_is_shown(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.xlsx"
    book = write_workbook(source, [offer(type="json", content="{"), offer(name="B", content="")])
    book["My offers"].merge_cells("D2:D3")
    book.save(source)

    copy = openpyxl.load_workbook(check(source, settings).annotated[0])

    shown = copy["My offers"]["D2"]
    assert "[bad-json]" in shown.comment.text
    assert "[merged-cells]" in shown.comment.text
    assert shown.comment.text.count("loader check") == 1
    assert shown.fill.fgColor.rgb == RED
    lines = {line["code"]: line["cell"] for line in texts_of(copy["Errors1"])}
    assert (lines["bad-json"], lines["merged-cells"]) == ("D2", "D3")


def test_a_workbook_is_copied_whatever_its_name_ends_in(tmp_path: Path, settings: Settings) -> None:
    write_workbook(tmp_path / "made.xlsx", [offer(type="htm")])
    source = (tmp_path / "made.xlsx").rename(tmp_path / "offers.xls")

    report = check(source, settings)

    assert report.annotated == (tmp_path / "offers.checked.xlsx",)
    assert report.findings.notices[0].code == "wrong-extension"
    book = openpyxl.load_workbook(report.annotated[0])
    assert book["My offers"]["F2"].comment.text.startswith("ask Kim")


def test_every_line_of_errors_leads_to_its_cell_and_runs_nothing(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.xlsx"
    write_workbook(source, [offer(type='=HYPERLINK("http://x")'), offer(status="@x")])

    report = check(source, settings)

    listed = openpyxl.load_workbook(report.annotated[0])["Errors1"]
    lines = texts_of(listed)
    assert {line["cell"] for line in lines} >= {"C2", "F3"}
    assert all(cell.data_type == "s" for row in listed.iter_rows() for cell in row if cell.value)
    assert [listed.cell(at, 2).hyperlink.location for at in range(2, listed.max_row + 1)] == [
        f"'My offers'!{line['cell']}" for line in lines
    ]


def test_a_checked_copy_that_was_fixed_is_checked_again_and_its_marks_go(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.xlsx"
    write_workbook(source, [offer(status="aproved"), offer(type="htm")])
    first = check(source, settings).annotated[0]
    book = openpyxl.load_workbook(first)
    book["My offers"]["F2"] = "approved"
    book.save(first)

    again = check(first, settings)
    sheet = openpyxl.load_workbook(again.annotated[0])["My offers"]
    anew = check(source, settings)

    assert sheet["F2"].comment.text == "ask Kim"
    assert sheet["F2"].fill.fill_type is None
    assert sheet["C3"].comment.text.count("loader check") == 1
    assert anew.annotated == (tmp_path / "offers.checked-2.xlsx",)  # the work in it is safe


def test_an_untouched_copy_is_replaced_and_when_all_is_well_called_outdated(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.csv"
    source.write_text(f"{','.join(HEADER)}\n{','.join(offer(type='htm'))}\n", "utf-8")
    first, second = check(source, settings), check(source, settings)
    source.write_text(f"{','.join(HEADER)}\n{','.join(offer())}\n", "utf-8")

    well = check(source, settings)

    assert first.annotated == second.annotated == (tmp_path / "offers.checked.xlsx",)
    assert well.annotated == ()
    assert [notice.code for notice in well.findings.notices] == ["outdated-copy"]


def test_text_gets_a_workbook_with_the_same_addresses(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "Errors.csv"
    lines = [
        "A title above",
        "",
        ",".join(HEADER),
        ",".join(offer()),
        "",
        ",".join(offer(type="=1")),
    ]
    source.write_text("\n".join(lines), "utf-8")

    report = check(source, settings, to=tmp_path / "marked.xlsx")

    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    sheet = book.worksheets[0]
    assert report.findings.first[0].error.cell == "C6"
    assert sheet["C6"].value == "=1"
    assert sheet["C6"].data_type == "s"
    assert sheet["C6"].fill.fgColor.rgb == RED
    assert "expected one of" in sheet["C6"].comment.text
    assert [cell.value for cell in sheet[3]] == list(HEADER)
    assert sheet["C5"].value is None
    assert sheet.title == "Errors"
    assert book["Errors (2)"]["D2"].hyperlink.location == f"'{sheet.title}'!C6"
    with open_source(str(tmp_path / "marked.xlsx")) as again:  # it can be fixed and loaded
        assert next(again.tables()).header == HEADER


def test_a_row_whose_error_a_workbook_of_texts_would_hide_is_refused_until_it_is_confirmed(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.csv"
    shifted = f"{','.join(offer(name='Two'))},surplus"
    source.write_text("\n".join([",".join(HEADER), ",".join(offer()), shifted]), "utf-8")

    marked = check(source, settings).annotated[0]
    again = check(marked, settings)
    book = openpyxl.load_workbook(marked)
    cell = book.worksheets[0]["G3"]
    assert cell.value.startswith("Fix the row, then clear this cell")
    cell.value = None
    book.save(marked)
    fixed = check(marked, settings)

    assert [count.code for count in again.findings.counts] == ["not-confirmed"]
    assert fixed.findings.counts == ()


def test_a_workbook_of_the_rows_keeps_the_fractions_that_the_source_stores_as_numbers(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.jsonl"
    held = [1.125, "1,125", 7, -0.5, 0.1 + 0.2, 1e-21, "007"]
    lines = [{**dict(zip(HEADER, offer(status=""), strict=True)), "attr:w": each} for each in held]
    lines[0]["attr:w"], lines[0]["status"] = 1.125, "aproved"
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")

    (copy,) = check(source, settings).annotated

    shown = openpyxl.load_workbook(copy).worksheets[0]
    values = [row[len(HEADER)].value for row in shown.iter_rows(min_row=2)]
    assert values == [1.125, "1,125", "7", -0.5, "0.30000000000000004", "1e-21", "007"]
    with open_source(str(source)) as one, open_source(str(copy)) as other:
        read = [[cells for c in next(each.tables()).chunks for _, cells in c.rows()]
                for each in (one, other)]  # fmt: skip
    assert read[0] == read[1]


def test_a_number_that_is_none_does_not_stop_the_copy(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "offers.ods"
    wrong = '<table:table-cell office:value-type="float" office:value="1.2.3"/>'
    source.write_bytes(ods((*HEADER, "attr:w"), (*offer(content="x"), wrong)))

    report = check(source, settings)

    assert [count.code for count in report.findings.counts] == ["bad-number"]
    (copy,) = report.annotated
    assert [count.code for count in check(copy, settings).findings.counts] == ["not-confirmed"]


def test_texts_that_a_workbook_writes_with_escapes_stay_as_they_are(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.xlsx"
    write_workbook(source, [offer(status="aproved")])
    texts = [
        "<t>_x005F_x0041_</t>",  # _x0041_
        "<t>_x0041_</t>",  # A
        "<t>a&#13;&#10;b</t>",
        "<r><t>x_x005F_x0041_</t></r><r><rPr><b/></rPr><t>&#13;y_x000D_</t></r>",
        "<t>=1+1</t>",
    ]
    cells = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is>{text}</is></c></row>'
        for number, text in enumerate(texts, start=3)
    )
    _put_into_sheet(source, "</sheetData>", f"{cells}</sheetData>")

    (copy,) = check(source, settings).annotated

    assert read_texts(copy) == read_texts(source)
    assert [row[0] for row in read_texts(copy)[1:]] == [
        "_x0041_", "A", "a\r\nb", "x_x0041_\ry\r", "=1+1",
    ]  # fmt: skip


def read_texts(path: Path) -> list[tuple[str, ...]]:
    with open_source(str(path)) as source:
        return [cells for c in next(source.tables()).chunks for _, cells in c.rows()]


def _put_into_sheet(path: Path, place: str, xml: str) -> None:
    """Replace a piece of XML of the first sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert place.encode() in parts[sheet]
    parts[sheet] = parts[sheet].replace(place.encode(), xml.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", "sparklines are missing"),
        ("{78C0D931-6437-407d-A8EE-F0AAD7539E65}", "conditional formats"),
        ("{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}", "drop-down lists"),
    ],
)
def test_what_the_copy_lacks_of_a_sheet_is_said(
    tmp_path: Path, settings: Settings, uri: str, words: str
) -> None:
    source = tmp_path / "offers.xlsx"
    write_workbook(source, [offer(status="aproved")])
    padding = "<!--" + "x" * ((1 << 20) - 20) + "-->"  # so that it is cut between two blocks
    extension = f'{padding}<extLst><ext uri="{uri}"/></extLst></worksheet>'
    _put_into_sheet(source, "</worksheet>", extension)

    report = check(source, settings)

    said = {notice.code: notice.message for notice in report.findings.notices}
    assert words in said["not-kept"]


def test_a_row_with_a_warning_alone_needs_no_words_in_a_workbook_of_rows(
    tmp_path: Path, settings: Settings
) -> None:
    source = tmp_path / "offers.csv"
    surplus = f"{','.join(offer(name='Two'))},surplus"
    lines = [",".join(HEADER), ",".join(offer()[:-1]), surplus]  # a cell less, and one more
    source.write_text("\n".join(lines), "utf-8")

    (copy,) = check(source, settings).annotated

    sheet = openpyxl.load_workbook(copy).worksheets[0]
    assert sheet["G2"].value is None
    assert sheet["G3"].value.startswith("Fix the row, then clear this cell")


def test_macros_are_kept_and_what_is_lost_is_said(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "offers.xlsm"
    made = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Offers")
        for number, row in enumerate((HEADER, offer(type="htm"))):
            sheet.write_row(number, 0, row)
        sheet.insert_chart("H2", _chart(book))
    _with_macros(made, source)

    report = check(source, settings)

    assert report.annotated == (tmp_path / "offers.checked.xlsm",)
    with zipfile.ZipFile(report.annotated[0]) as archive:
        assert archive.read("xl/vbaProject.bin") == b"macros"
    said = {notice.code: notice.message for notice in report.findings.notices}
    assert "charts" in said["not-kept"]


def _chart(book: xlsxwriter.Workbook) -> object:
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Offers!$A$1:$A$2"})
    return chart


def _with_macros(made: Path, target: Path) -> None:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro_kind = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(kind, macro_kind))
        new.writestr("xl/vbaProject.bin", b"macros")


def test_a_workbook_too_large_for_a_copy_gets_its_rows_and_marks(tmp_path: Path) -> None:
    source = tmp_path / "offers.xlsx"
    write_workbook(source, [offer(type="htm"), offer(name="Another")])
    error = RowError(row_number=2, column="type", cell="C2", code="not-allowed", message="wrong")

    with ErrorSpool() as spool, open_source(str(source)) as opened:
        spool.add("My offers", [error])
        copy = annotated_copy(opened, spool, path=None, limits=Limits(copied_cells=20))

    marked = openpyxl.load_workbook(copy.path)
    assert "more than 20 cells" in copy.notices[0].message
    assert marked.sheetnames == ["My offers", "Errors"]
    assert marked["My offers"]["C2"].fill.fgColor.rgb == RED


def test_a_workbook_that_openpyxl_cannot_copy_gets_its_rows_and_marks(
    tmp_path: Path, settings: Settings
) -> None:
    made, source = tmp_path / "made.xlsx", tmp_path / "offers.xlsx"
    write_workbook(made, [offer(type="htm")])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'patternType="solid"', b'patternType="?"'))

    report = check(source, settings)

    assert [notice.code for notice in report.findings.notices][-1] == "plain-copy"
    assert openpyxl.load_workbook(report.annotated[0]).worksheets[0]["C2"].comment is not None


def test_a_workbook_that_would_eat_memory_as_a_copy_gets_its_rows_and_marks(tmp_path: Path) -> None:
    made, source = tmp_path / "made.xlsx", tmp_path / "offers.xlsx"
    write_workbook(made, [offer(type="htm")])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():  # openpyxl makes an object of each of 17 billion cells
            new.writestr(name, old.read(name).replace(b'ref="C1:D2"', b'ref="A1:XFD1048576"'))
    error = RowError(row_number=2, column="type", cell="C2", code="not-allowed", message="wrong")

    with ErrorSpool() as spool, open_source(str(source)) as opened:
        spool.add("My offers", [error])
        limits = Limits(memory_bytes=300 << 20, copying_seconds=20)
        copy = annotated_copy(opened, spool, path=None, limits=limits)

    assert copy.notices[0].code == "plain-copy"
    assert openpyxl.load_workbook(copy.path).sheetnames == ["My offers", "Errors"]


def test_the_source_is_never_the_place_and_a_file_of_others_is_not_replaced(
    tmp_path: Path, settings: Settings
) -> None:
    source, other = tmp_path / "offers.xlsx", tmp_path / "other.xlsx"
    write_workbook(source, [offer(type="htm")])
    write_workbook(other, [offer()])
    before = source.read_bytes(), other.read_bytes()

    for place, said in ((source, "overwrite the source"), (other, "is there already")):
        with pytest.raises(Exception, match=said):
            check(source, settings, to=place)

    assert (source.read_bytes(), other.read_bytes()) == before


def alive_errors() -> int:
    """Count the errors that something holds, of this test or of others."""
    return sum(isinstance(each, RowError) for each in gc.get_objects())


class Many:
    """Errors of many rows, one at a time; counts how many are alive at once."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.most_alive = 0
        self._before = alive_errors()

    def __iter__(self) -> Iterator[RowError]:
        for number in range(2, self.rows + 2):
            yield RowError(
                row_number=number, column="type", cell=f"C{number}", code="not-allowed", message="x"
            )
            if number % 6_000 == 0:
                self.most_alive = max(self.most_alive, alive_errors() - self._before)


def test_errors_of_many_rows_are_on_disk_and_not_in_memory(tmp_path: Path) -> None:
    errors = Many(12_000)
    source = tmp_path / "offers.csv"
    line = ",".join(offer(type="htm"))
    source.write_text("\n".join([",".join(HEADER), *[line] * errors.rows]), "utf-8")

    with ErrorSpool() as spool, open_source(str(source)) as opened:
        spool.add("", errors)
        copy = annotated_copy(opened, spool, path=None)

    assert errors.most_alive <= 2
    assert [notice.code for notice in copy.notices] == ["comments-left-out"]
    with zipfile.ZipFile(copy.path) as archive:
        assert archive.read("xl/comments1.xml").count(b"<comment ") == 10_000
        assert archive.read("xl/worksheets/sheet2.xml").count(b"<row ") == errors.rows + 1


def test_what_is_shown_of_many_errors_is_a_few_and_all_are_counted() -> None:
    errors = Many(30_000)
    digest = ErrorDigest(most_first=20)

    digest.add(FoundError(source="offers.csv", error=error) for error in errors)

    (count,) = digest.counts()
    assert count.count == 30_000
    assert [found.error.row_number for found in count.more_examples] == [3, 4]
    assert len(digest.first) == 20
    assert 20 <= errors.most_alive <= 22  # the ones that are shown, and the one at hand


def test_a_listener_hears_of_every_error(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "offers.csv"
    lines = [",".join(line) for line in (HEADER, *[offer(type="htm")] * 100)]
    source.write_text("\n".join(lines), "utf-8")
    heard: list[Event] = []

    request = CheckRequest(sources=(str(source),), max_errors_shown=3)
    report = check_files(request, settings, listener=heard.append)

    found = [event for event in heard if isinstance(event, FoundError)]
    assert [event.error.row_number for event in found] == [*range(2, 102)]
    assert tuple(found[:3]) == report.findings.first
    assert report.findings.counts[0].count == 100
