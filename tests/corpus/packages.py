"""Workbooks whose archive is laid out as no specification says, and as some writers do."""

from collections.abc import Callable

from tests.corpus.books import HEAD, book_parts, row, sheet_xml, text_cell, zipped
from tests.corpus.case import Case

PARTS = book_parts(sheet_xml(HEAD + row(2, "a", "b")))
RELATIONS = "xl/_rels/workbook.xml.rels"


def case(name: str, parts: dict[str, str | bytes]) -> Case:
    """Return the case of a workbook that is read like any other."""
    return Case(name=name, suffix=".xlsx", data=zipped(parts), rows={2: ("a", "b")})


def renamed(change: Callable[[str], str]) -> dict[str, str | bytes]:
    """Return the parts under other names."""
    return {change(name): part for name, part in PARTS.items()}


def without(*names: str) -> dict[str, str | bytes]:
    """Return the other parts."""
    return {name: part for name, part in PARTS.items() if name not in names}


def targeting(target: str) -> dict[str, str | bytes]:
    """Return the parts where the relation of the sheet gives another place."""
    relations = str(PARTS[RELATIONS]).replace("worksheets/sheet1.xml", target)
    return {**PARTS, RELATIONS: relations}


def in_root() -> dict[str, str | bytes]:
    """Return a workbook without a folder xl."""
    parts = renamed(lambda name: name.removeprefix("xl/"))
    return {**parts, "_rels/.rels": str(parts["_rels/.rels"]).replace("xl/workbook", "workbook")}


def sheet(rows: str, tail: str = "") -> dict[str, str | bytes]:
    """Return the parts with another sheet."""
    return {**PARTS, "xl/worksheets/sheet1.xml": sheet_xml(rows, tail=tail)}


PIECES = "".join(
    f'<row r="{number}">{text_cell(f"{letter}{number}", text)}</row>'
    for number, cells in ((1, ("name", "content")), (2, ("a", "b")))
    for letter, text in zip("AB", cells, strict=True)
)
WHOLE_COLUMN = '<mergeCells count="1"><mergeCell ref="C1:C1048576"/></mergeCells>'
SPACED = renamed(lambda name: name.replace("sheet1", "sheet 1"))

PACKAGES = (
    case("backslashes in the names of parts", renamed(lambda name: name.replace("/", "\\"))),
    case("small letters in the names of parts", renamed(str.lower)),
    case("names of parts that begin with a slash", renamed(lambda name: f"/{name}")),
    case("a name of a part with a blank", {**SPACED, RELATIONS: targeting(
        "worksheets/sheet%201.xml")[RELATIONS]}),
    case("relations from the root of the archive", targeting("xl/worksheets/sheet1.xml")),
    case("relations with a dot", targeting("./worksheets/sheet1.xml")),
    case("a workbook in the root of the archive", in_root()),
    case("no list of content types", without("[Content_Types].xml")),
    case("no relations of the package", without("_rels/.rels")),
    case("styles that are missing and not needed", without("xl/styles.xml")),
    case("what a Mac puts into an archive", {
        "__MACOSX/xl/._workbook.xml": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1Bud1", **PARTS,
        "xl/worksheets/.DS_Store": b"\0\0\0\1Bud1"}),
    case("a row for every cell", sheet(PIECES)),
    case("a column right of the header merged from top to bottom",
         sheet(HEAD + row(2, "a", "b"), WHOLE_COLUMN)),
)  # fmt: skip
