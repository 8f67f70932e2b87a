"""Laws of workbooks: spelling does not matter, nor whether a row is read alone or in columns."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.source import ReadOptions
from loader.source.options import Limits
from loader.source.workbook import parser, shared_texts
from tests.corpus import CASES
from tests.corpus.books import book_parts, sheet_xml, zipped
from tests.corpus.case import Case
from tests.support.laws import tried
from tests.support.reading import Everything, read_everything

HERE = ReadOptions(isolated=False)
SHEET = "xl/worksheets/sheet1.xml"
IN_COLUMNS = Limits(preamble_rows=1)  # from the second row on
BOOKS = [case for case in CASES if case.suffix in {".xlsx", ".xlsm"} and case.rows]


def prefixed(xml: str) -> str:
    """Return XML with a prefix before every name, as libraries of .NET write it."""
    return re.sub(r"<(/?)(\w)", r"<\1x:\2", xml).replace("xmlns=", "xmlns:x=")


def reordered(xml: str) -> str:
    """Return XML with the attributes of rows and cells the other way round."""

    def other_way_round(tag: "re.Match[str]") -> str:
        attributes = re.findall(r' [\w:]+="[^"]*"', tag[2])
        return f"<{tag[1]}{''.join(reversed(attributes))}{tag[3]}>"

    return re.sub(r'<(row|c)((?: [\w:]+="[^"]*")+)\s*(/?)>', other_way_round, xml)


def without_numbers(xml: str) -> str:
    """Return XML whose rows do not say their number; their cells do, in small letters."""
    return re.sub(
        r' r="[A-Z]+[0-9]+"', lambda r: r[0].lower(), re.sub(r'(<row[^>]*?) r="\d+"', r"\1", xml)
    )


def spaced(xml: str) -> str:
    """Return XML with line breaks and comments between its tags."""
    between = r"(<(?:row|c|is|si|r|rPr)\b[^>]*>|</(?:row|c|v|f|is|si|r|rPr|t)>|<[bvf]/>)(?=<)"
    return re.sub(between, "\\1\n  <!-- > < -->\n", xml)


def in_pieces(xml: str) -> str:
    """Return XML in which every cell is a row of its own, as an exchange writes it."""
    return re.sub(r'(<row [^>]*r="\d+"[^>]*[^/]>)(.*?)</row>', _each_cell, xml, flags=re.DOTALL)


def _each_cell(row: "re.Match[str]") -> str:
    cells = re.findall(r"<c .*?</c>", row[2], re.DOTALL) or [""]
    return "".join(f"{row[1]}{cell}</row>" for cell in cells)


SPELLINGS = [str, prefixed, reordered, without_numbers, spaced, in_pieces]


def outcome(
    path: Path, data: bytes, options: ReadOptions, limits: Limits = IN_COLUMNS
) -> Everything | str:
    """Return what the workbook gives, or why it is refused: of several wrong booleans, for any."""
    path.write_bytes(data)
    try:
        return read_everything(str(path), options, limits)
    except UnreadableSource as error:
        return re.sub(r'"[^"]*" is no boolean', "one is no boolean", str(error))


@pytest.mark.parametrize("case", BOOKS, ids=lambda case: case.name)
def test_rows_and_columns_agree_on_the_corpus(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"book{case.suffix}"

    in_columns = Limits(preamble_rows=case.options.header_row or 1)

    found = outcome(path, case.content(), case.options, in_columns)

    assert found == outcome(path, case.content(), case.options, Limits())


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
STYLES = st.sampled_from(["", *(f' s="{style}"' for style in range(12))])
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


@settings(max_examples=tried(150), deadline=None, suppress_health_check=list(HealthCheck))
@example(rows=RARE, shared="<si><t>\x7f</t></si>", skip=False, block=64, spelled=str)
@example(rows=RARE, shared="<si><t>\x7f</t></si>", skip=False, block=64, spelled=prefixed)
@example(
    rows=[(1, "", [(1, "", "", (' t="s"', "9", True))])],
    shared="", skip=False, block=64, spelled=str,
)  # fmt: skip
@example(  # two cells that are no booleans: which one is named first is of no concern
    rows=[
        (1, "", [(1, "", "", (' t="s"', "0", False))] * 3 + [(1, ' s="0"', "", (' t="b"', "", 0))]),
        (
            1,
            "",
            [
                (1, "", "", ("", "", None)),
                (1, "", "", (' t="b"', "000", True)),
                (1, ' s="0"', "", (' t="b"', "00", True)),
            ],
        ),
    ],
    shared='<si><t xml:space="preserve"></t></si>' * 3, skip=False, block=64, spelled=str,
)  # fmt: skip
@given(
    rows=ROWS,
    shared=SHARED,
    skip=st.booleans(),
    block=st.sampled_from([64, parser.BLOCK]),
    spelled=st.sampled_from(SPELLINGS),
)
def test_spelling_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, str, list[Any]]],
    shared: str,
    skip: bool,
    block: int,
    spelled: Callable[[str], str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "law.xlsx"
    tail = '<mergeCells><mergeCell ref="A3:B4"/></mergeCells>'
    parts = book_parts(sheet_xml(rows_xml(rows), tail=tail), shared=shared + RICH)
    otherwise = {
        **parts,
        **{name: spelled(str(parts[name])) for name in (SHEET, "xl/sharedStrings.xml")},
    }
    options = ReadOptions(isolated=False, skip_hidden=skip)

    expected = outcome(path, zipped(parts), options, Limits())
    in_memory = shared_texts.IN_MEMORY if block == parser.BLOCK else 1
    with patch.object(parser, "BLOCK", block), patch.object(shared_texts, "IN_MEMORY", in_memory):
        assert outcome(path, zipped(otherwise), options) == expected


@pytest.mark.parametrize("block", [16, parser.BLOCK])
def test_rows_in_no_order_are_refused(block: int, tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in (1, 2, 4, 3)
    )

    with patch.object(parser, "BLOCK", block):
        found = outcome(tmp_path / "mixed.xlsx", zipped(book_parts(sheet_xml(rows))), HERE)

    assert "row 3 is below row 4" in str(found)
