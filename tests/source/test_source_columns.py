"""Law: a workbook read by columns gives what the parser of XML gives, cell by cell.

A comment in a sheet, or among the shared texts, is enough to leave it to the parser.
"""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.source import ReadOptions
from loader.source.options import Limits
from loader.source.workbook import parser, texts
from loader.source.workbook.raw_cells import stored_cells
from tests.corpus import CASES
from tests.corpus.books import book_parts, sheet_xml, zipped
from tests.corpus.case import Case
from tests.support.reading import Everything, read_everything

HERE = ReadOptions(isolated=False)
SHEET = "xl/worksheets/sheet1.xml"
AT_ONCE = Limits(preamble_rows=1)  # by columns from the second row on
BOOKS = [case for case in CASES if case.suffix in {".xlsx", ".xlsm"} and case.rows]


def commented(data: bytes) -> bytes:
    """Return the workbook with comments where cells and shared texts begin."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            for start in (b"<row ", b"<si>"):
                content = content.replace(start, b"<!-- not plain -->" + start, 1)
            made.writestr(name, content)
    return out.getvalue()


def prefixed(xml: str) -> str:
    """Return XML with a prefix before every name, as libraries of .NET write it."""
    return re.sub(r"<(/?)(\w)", r"<\1x:\2", xml).replace("xmlns=", "xmlns:x=")


def outcome(path: Path, data: bytes, options: ReadOptions) -> Everything | str:
    """Return what the workbook gives, or why it is refused."""
    path.write_bytes(data)
    try:
        return read_everything(str(path), options, AT_ONCE)
    except UnreadableSource as error:
        return str(error)


@pytest.mark.parametrize("case", BOOKS, ids=lambda case: case.name)
def test_both_agree_on_the_corpus(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"book{case.suffix}"

    assert outcome(path, case.data, case.options) == outcome(
        path, commented(case.data), case.options
    )


CHARACTERS = st.one_of(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    st.sampled_from("<>&\"' \t\n\u202e\x7f_x"),
)
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=6).map(escape),
    st.sampled_from(
        ["", " ", "&#10;a", "&#233;", "a > b", "_x0041_", "_xD83D_", "_x0001_", "\r\n"]
    ),
)
STORED_NUMBERS = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.decimals(-(10**6), 10**6, places=4).map(str),
    st.floats(allow_subnormal=False).map(repr),
    st.sampled_from(["1E+05", "0.00001", "-0", "007", "60", "44927.5", "12.50", "abc", " 1"]),
)
STYLES = st.sampled_from(["", *(f' s="{style}"' for style in range(8))])
FORMULAS = st.sampled_from(["", "", "", "<f>A1</f>", '<f t="shared" si="0"/>', "<f/>"])
CELLS = st.one_of(
    st.tuples(st.just(' t="s"'), st.sampled_from("0123"), st.booleans()),
    st.tuples(st.sampled_from([' t="n"', ""]), STORED_NUMBERS, st.booleans()),
    st.tuples(st.just(' t="str"'), TEXTS, st.booleans()),
    st.tuples(st.sampled_from([' t="b"', ' t="e"', ' t="d"']), TEXTS, st.booleans()),
    st.tuples(st.just(' t="inlineStr"'), TEXTS, st.just(None)),
    st.tuples(st.just(""), st.just(""), st.just(None)),
)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),  # rows further down
        st.sampled_from(["", ' hidden="1"', ' spans="1:4" ht="15"']),
        st.lists(st.tuples(st.integers(1, 2), STYLES, FORMULAS, CELLS), max_size=4),
    ),
    max_size=8,
)
SHARED = st.tuples(TEXTS, TEXTS, TEXTS).map(
    lambda texts: "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in texts)
)
RICH = (
    '<si><r><t>so </t></r><r><rPr><b/></rPr><t>bold</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si>'
)


RARE: list[tuple[int, str, list[Any]]] = [
    (1, "", [(1, "", "", ("", "007", True)), (1, "", "", (' t="s"', "0", True))]),
    (1, "", [(1, "", "", (' t="str"', "a\r\nb", True)), (1, "", "", (' t="s"', "1", True))]),
    (2, "", [(3, "", "<f>A1</f>", ("", "", None))]),  # right of the header
    (1, "", [(1, ' s="1"', "", ("", "1e301", True)), (1, ' s="3"', "", ("", "1e301", True))]),
    (1, "", [(1, "", "", ("", "1", True)), (0, "", "", (' t="str"', "twice", True))]),
]


def rows_xml(rows: list[tuple[int, str, list[Any]]]) -> str:
    """Return the XML of rows below a header of two columns."""
    made = ['<row r="1"><c r="A1" t="str"><v>h</v></c><c r="B1" t="str"><v>i</v></c></row>']
    number = 1
    for down, attributes, cells in rows:
        number, position, xml = number + down, 0, ""
        for right, style, formula, (type_, value, has_value) in cells:
            position += right
            inside = formula + (f"<v>{value}</v>" if has_value else "<v/>" if value else "")
            if type_ == ' t="inlineStr"':
                inside = f"<is><t>{value}</t></is>"
            xml += f'<c r="{chr(64 + position)}{number}"{style}{type_}>{inside}</c>'
        made.append(f'<row r="{number}"{attributes}>{xml}</row>')
    return "".join(made)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@example(rows=RARE, shared="<si><t>\x7f</t></si>", skip=False, block=64, named=str)
@example(rows=RARE, shared="<si><t>\x7f</t></si>", skip=False, block=64, named=prefixed)
@example(
    rows=[(1, "", [(1, "", "", (' t="s"', "9", True))])], shared="", skip=False, block=64, named=str
)
@given(
    rows=ROWS,
    shared=SHARED,
    skip=st.booleans(),
    block=st.sampled_from([64, parser.BLOCK]),
    named=st.sampled_from([str, prefixed]),
)
def test_both_agree_on_any_cells(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, str, list[Any]]],
    shared: str,
    skip: bool,
    block: int,
    named: Callable[[str], str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "law.xlsx"
    tail = '<mergeCells><mergeCell ref="A3:B4"/></mergeCells>'
    parts = book_parts(sheet_xml(rows_xml(rows), tail=tail), shared=shared + RICH)
    ours = {
        **parts,
        **{name: named(str(parts[name])) for name in (SHEET, "xl/sharedStrings.xml")},
    }
    options = ReadOptions(isolated=False, skip_hidden=skip)

    in_memory = texts.IN_MEMORY if block == parser.BLOCK else 1
    with patch.object(parser, "BLOCK", block), patch.object(texts, "IN_MEMORY", in_memory):
        found = outcome(path, zipped(ours), options)
        assert found == outcome(path, commented(zipped(parts)), options)


VALUES = (
    "a & <b>",
    'quote " \u2019',
    1,
    0.5,
    True,
    date(2026, 1, 31),
    datetime(2026, 1, 31, 10),  # noqa: DTZ001  # as cells are
    time(9),
)


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for _ in range(3):
        book.active.append((*VALUES, None, "=A1&B1"))
    book.save(path)


def by_xlsxwriter(path: Path, **options: object) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", **options}) as book:
        sheet = book.add_worksheet()
        for row in range(3):
            sheet.write_row(row, 0, VALUES)
            sheet.write_formula(row, len(VALUES), "=A1")


def with_prefixes(path: Path) -> None:
    rows = rows_xml([(1, "", [(1, "", "", ("", "1", True))]), (1, "", [])])
    path.write_bytes(zipped(book_parts(prefixed(sheet_xml(rows)))))


@pytest.mark.parametrize(
    "write",
    [
        by_openpyxl,
        by_xlsxwriter,
        lambda path: by_xlsxwriter(path, constant_memory=True),
        with_prefixes,
    ],
    ids=["openpyxl", "XlsxWriter", "XlsxWriter in constant memory", "with prefixes"],
)
def test_what_programs_write_is_plain(write: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "written.xlsx"
    write(path)

    with zipfile.ZipFile(path) as archive:
        found = [
            stored_cells(xml)
            for xml in parser.elements(
                archive,
                SHEET,
                parent=b"sheetData",
                child=b"row",
                limits=Limits(),
            )
        ]

    assert [len(cells.numbers) for cells in found] == [3]


@pytest.mark.parametrize("block", [16, parser.BLOCK])
def test_rows_in_no_order_are_refused(block: int, tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in (1, 2, 4, 3)
    )

    with patch.object(parser, "BLOCK", block):
        found = outcome(tmp_path / "mixed.xlsx", zipped(book_parts(sheet_xml(rows))), HERE)

    assert "row 3 stands below row 4" in str(found)
