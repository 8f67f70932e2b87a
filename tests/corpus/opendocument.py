"""OpenDocument spreadsheets, built by hand as LibreOffice writes them."""

from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from tests.corpus.books import zipped
from tests.corpus.case import Case, Rows

K = CellKind
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in (("office", OFFICE), ("table", TABLE), ("text", TEXT), ("calcext", CALC))
)
HIDDEN = (
    "<office:automatic-styles><style:style"
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" style:name="ta2">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)
Line = tuple[str, ...]


def package(content: str, *, manifest: str = "<x/>", says_its_type: bool = True) -> bytes:
    """Return an OpenDocument spreadsheet of this content."""
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    first = {"mimetype": mime} if says_its_type else {}
    return zipped({**first, "META-INF/manifest.xml": manifest, "content.xml": content})


def ods(
    *rows: Line,
    manifest: str = "<x/>",
    before: str = "",
    columns: str = "",
    more: str = "",
    says_its_type: bool = True,
) -> bytes:
    """Return one sheet, "Offers". A cell is text, a number (=1), or XML; a row may be one XML."""
    return package(
        f'<?xml version="1.0"?><office:document-content {NAMESPACES}>{HIDDEN}<office:body>'
        f"<office:spreadsheet>{before}{table('Offers', *rows, columns=columns)}{more}"
        "</office:spreadsheet></office:body></office:document-content>",
        manifest=manifest,
        says_its_type=says_its_type,
    )


def table(name: str, *rows: Line, columns: str = "") -> str:
    """Return a sheet."""
    lines = "".join(map(line, rows))
    return f'<table:table table:name="{name}">{columns}{lines}</table:table>'


def line(cells: Line, attributes: str = "") -> str:
    """Return a row."""
    if len(cells) == 1 and cells[0].startswith("<table:table-row"):
        return cells[0]
    return f"<table:table-row{attributes}>{''.join(map(cell, cells))}</table:table-row>"


def cell(text: str) -> str:
    """Return a cell."""
    if text.startswith("<"):
        return text
    if text.startswith("="):
        return typed("float", f'value="{text[1:]}"', text[1:])
    return typed("string", "", text) if text else "<table:table-cell/>"


def typed(kind: str, value: str, shown: str, *, formula: str = "", more: str = "") -> str:
    """Return a cell of a type, with what it shows."""
    said = f" office:{value}" if value else ""
    made = f' table:formula="{formula}"' if formula else ""
    return (
        f'<table:table-cell{made} office:value-type="{kind}"{said}{more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


HEAD = ("name", "content")
FAILED = typed(
    "string", 'string-value=""', "#N/A", formula="of:=NA()", more=' calcext:value-type="error"'
)
OLD_FAILURE = typed("float", 'value="0"', "Err:502", formula="of:=BAD()")
MERGED = (
    '<table:table-cell office:value-type="string" table:number-rows-spanned="2"><text:p>b</text:p>'
    "</table:table-cell>"
)
COMMENT = (
    '<table:table-cell office:value-type="string"><office:annotation><text:p>aside</text:p>'
    '</office:annotation><text:p>a<text:s text:c="2"/>b<text:line-break/>'
    "<text:span>c</text:span></text:p><text:p>d</text:p></table:table-cell>"
)
TWICE = (
    '<table:table-row table:number-rows-repeated="2"><table:table-cell'
    ' table:number-columns-repeated="2" office:value-type="string"><text:p>x</text:p>'
    "</table:table-cell></table:table-row>"
)
MILLION = (
    '<table:table-row table:number-rows-repeated="1048570"><table:table-cell'
    ' table:number-columns-repeated="16384"/></table:table-row>'
)
HIDDEN_COLUMN = (
    '<table:table-column/><table:table-columns><table:table-column table:visibility="collapse"/>'
    '</table:table-columns><table:table-column table:number-columns-repeated="16382"/>'
)
FILTERED_COLUMNS = (
    '<table:table-column-group><table:table-column table:number-columns-repeated="3"/>'
    '</table:table-column-group><table:table-column table:visibility="filter"'
    ' table:number-columns-repeated="2"/>'
)
BLANK, EMPTY = "<table:table-cell><text:p/></table:table-cell>", "<table:table-cell/>"
SPAN = "<table:table-cell><text:p><text:span>b</text:span></text:p></table:table-cell>"
SECOND = "<table:table-cell><text:p/><text:p>c</text:p></table:table-cell>"


def one(name: str, content: str, becomes: str, kind: K | None = None, *, code: str = "") -> Case:
    """Return the case of one cell, in B2."""
    return Case(
        name=f"ods: {name}",
        suffix=".ods",
        data=ods(HEAD, ("a", content)),
        rows={2: ("a", becomes)},
        kinds={(2, 1): kind} if kind else {},
        problems=frozenset({(2, "Offers!B2", code)} if code else ()),
    )


def sheet(name: str, data: bytes, rows: Rows, **more: object) -> Case:
    """Return the case of a whole sheet."""
    return Case(name=f"ods: {name}", suffix=".ods", data=data, rows=rows, **more)  # type: ignore[arg-type]  # fields of Case


OPENDOCUMENT = (
    sheet("texts and numbers", ods(HEAD, ("", ""), ("NA", "=1")), {3: ("NA", "1")},
          kinds={(3, 1): K.NUMBER}),
    one("error value", FAILED, "#N/A", K.ERROR),
    one("error value of older programs", OLD_FAILURE, "Err:502", K.ERROR),
    one("formula without a value", '<table:table-cell table:formula="of:=1+1"/>', "",
        K.FORMULA_UNCACHED),
    one("formula with its value", typed("string", 'string-value="x"', "x", formula="of:=A2"), "x"),
    one("number of 16 digits", typed("float", 'value="1234567890123456"', "1.2E+15"),
        "1234567890123456", K.NUMBER, code="number-precision"),
    one("number with leading zeros", typed("float", 'value="42"', "00042"), "00042", K.NUMBER),
    one("percentage", typed("percentage", 'value="0.5"', "50%"), "0.5", K.NUMBER,
        code="shown-differently"),
    one("number that is hidden", typed("float", 'value="7"', ""), "7", K.NUMBER,
        code="shown-differently"),
    one("text that is shown with more", typed("string", 'string-value="42"', "SKU-42"), "42",
        code="shown-differently"),
    one("date", typed("date", 'date-value="2026-01-31"', "31/01/26"), "2026-01-31", K.DATE),
    one("date and time", typed("date", 'date-value="2026-01-31T10:00:00.500000000"',
        "31.1.2026 10:00:00,5"), "2026-01-31T10:00:00.5", K.DATE),
    one("date that hides its time", typed("date", 'date-value="2026-01-31T10:00:00"',
        "31/01/26"), "2026-01-31T10:00:00", K.DATE, code="shown-differently"),
    one("date that hides its day", typed("date", 'date-value="2026-01-01"', "Jan 26"),
        "2026-01-01", K.DATE, code="shown-differently"),
    one("time that hides its day", typed("time", 'time-value="PT36H00M00S"', "12:00"),
        "36:00:00", K.TIME, code="shown-differently"),
    one("duration", typed("time", 'time-value="PT36H00M00S"', "36:00"), "36:00:00", K.TIME),
    one("boolean", typed("boolean", 'boolean-value="true"', "WAHR"), "TRUE", K.BOOLEAN),
    one("boolean of another writer", typed("boolean", 'boolean-value="1"', "TRUE"), "TRUE",
        K.BOOLEAN),
    one("short duration", typed("time", 'time-value="P1DT12H"', "36:00"), "36:00:00", K.TIME),
    one("white space", typed("string", "", "\n   Free\n   shipping "), " Free shipping "),
    one("boolean of a formula", typed("float", 'value="1"', "TRUE", formula="of:=TRUE()"), "TRUE",
        K.BOOLEAN),
    one("spaces, lines, a comment", COMMENT, "a  b\nc\nd"),
    sheet("merged cells", ods(HEAD, ("a", MERGED), ("c", "<table:covered-table-cell/>")),
          {2: ("a", "b"), 3: ("c", "")},
          problems=frozenset({(3, "Offers!B3", "merged-cells")})),
    sheet("hidden and filtered rows", ods(
        HEAD, (line(("a", "b"), ' table:visibility="filter"'),), ("c", "d")),
        {2: ("a", "b"), 3: ("c", "d")}, notices=frozenset({"hidden-rows"})),
    sheet("hidden rows left out", ods(
        HEAD, (line(("a", "b"), ' table:visibility="collapse"'),), ("c", "d")),
        {3: ("c", "d")}, options=ReadOptions(isolated=False, skip_hidden=True),
        notices=frozenset({"hidden-rows"})),
    sheet("no mimetype", ods(HEAD, ("a", "b"), says_its_type=False), {2: ("a", "b")}),
    sheet("hidden column", ods(HEAD, ("a", "b"), columns=HIDDEN_COLUMN), {2: ("a", "b")},
          notices=frozenset({"hidden-columns"})),
    sheet("filtered columns behind repeated ones", ods(
        (*HEAD, "x", "y", "z"), ("a", "b", "c", "d", "e"), columns=FILTERED_COLUMNS),
        {2: ("a", "b", "c", "d", "e")}, header=(*HEAD, "x", "y", "z"),
        notices=frozenset({"hidden-columns"})),
    sheet("hidden columns right of the headings", ods(
        HEAD, ("a", "b"), columns=FILTERED_COLUMNS), {2: ("a", "b")}),
    sheet("hidden sheet first", ods(HEAD, ("a", "b"), before=(
        '<table:table table:name="Old" table:style-name="ta2">' + line(("x",)) + "</table:table>")),
        {2: ("a", "b")}, notices=frozenset({"other-sheets"})),
    sheet("blank cells in every shape", ods(
        HEAD, (BLANK, SPAN), (BLANK, BLANK), (EMPTY, SECOND)), {2: ("", "b"), 4: ("", "\nc")}),
    sheet("repeated cells and rows, then a million blank ones", ods(HEAD, (TWICE,), (MILLION,)),
        {2: ("x", "x"), 3: ("x", "x")}),
)  # fmt: skip
