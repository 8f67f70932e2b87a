"""Excel workbooks: every kind of cell, every kind of sheet."""

from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from tests.corpus.books import (
    HEAD,
    STRICT,
    book,
    book_parts,
    row,
    sheet_xml,
    styles_xml,
    text_cell,
    zipped,
)
from tests.corpus.case import Case, Rows

Kinds = dict[tuple[int, int], CellKind]
K = CellKind


def one(name: str, cell: str, expected: str, kind: CellKind = K.TEXT, **more: object) -> Case:
    """Return the case of a workbook with one cell of interest, B2."""
    data = book(sheet_xml(HEAD + row(2, "a", cell)), **more.pop("parts", {}))  # type: ignore[arg-type]  # of book
    kinds = {} if kind is K.TEXT else {(2, 1): kind}
    return Case(
        name=name, suffix=".xlsx", data=data, rows={2: ("a", expected)}, kinds=kinds, **more
    )  # type: ignore[arg-type]  # fields of Case


def sheet(name: str, data: bytes, rows: Rows, **more: object) -> Case:
    """Return the case of a whole workbook."""
    return Case(**{"name": name, "suffix": ".xlsx", "data": data, "rows": rows, **more})  # type: ignore[arg-type]  # fields of Case


def number(value: str, style: int = 0) -> str:
    """Return the number cell B2."""
    return f'<c r="B2" s="{style}"><v>{value}</v></c>'


def problem(code: str, cell: str = "Offers!B2") -> frozenset[tuple[int, str, str]]:
    """Return the problem of one cell."""
    return frozenset({(2, cell, code)})


def read(**options: object) -> ReadOptions:
    """Return options for reading in this process."""
    return ReadOptions(isolated=False, **options)  # type: ignore[arg-type]  # fields of ReadOptions


TWO = row(2, "a", "b")
AB: Rows = {2: ("a", "b")}
OTHER = sheet_xml(HEAD + row(2, "x", "y"))
HIDDEN_FIRST = (("Offers", "hidden"), ("More", "visible"))
MERGED = '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
HIDDEN_COLUMNS = (
    '<cols><col hidden="1" max="2" min="2"/><col min="3" max="16384" hidden="1"/></cols>'
)
SHARED = "<si><t>name</t></si><si><t>content</t></si><si><t>a &amp; b</t></si>"
RICH = (
    "<si><r><t>so </t></r><r><rPr><b/></rPr><t>bold</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>"
)
INDEXED = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
REFERS = '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row>'
PREFIXED = (
    sheet_xml(HEAD + TWO)
    .replace("<", "<x:")
    .replace("<x:/", "</x:")
    .replace("<x:?", "<?")
    .replace("xmlns=", "xmlns:x=")
)

WORKBOOKS = (
    one("integral number", number("1.0"), "1", K.NUMBER),
    one("number as 1E+05", number("1E+05"), "100000", K.NUMBER),
    one("fraction", number("0.1"), "0.1", K.NUMBER),
    one("fraction of 17 digits", number("0.30000000000000004"), "0.3", K.NUMBER),
    one("computed fraction", number("434.99999999999994"), "435", K.NUMBER),
    one("small number", number("0.000025"), "0.000025", K.NUMBER),
    one("very small number", number("2.5E-25"), "2.5e-25", K.NUMBER),
    one("number of 16 digits", number("1234567890123456"), "1234567890123456", K.NUMBER,
        problems=problem("number-precision")),
    one("number with leading zeros", number("42", 2), "00042", K.NUMBER),
    one("number with a unit", number("3", 5), "3", K.NUMBER,
        problems=problem("shown-differently")),
    one("date that hides its time", number("46053.5", 1), "2026-01-31T12:00:00", K.DATE,
        problems=problem("shown-differently")),
    one("time that hides its day", number("46053.5", 3), "2026-01-31T12:00:00", K.DATE,
        problems=problem("shown-differently")),
    one("date that hides its day", number("46023", 9), "2026-01-01", K.DATE,
        problems=problem("shown-differently")),
    one("ISO date cell that hides its day", '<c r="B2" s="9" t="d"><v>2026-01-01</v></c>',
        "2026-01-01", K.DATE, problems=problem("shown-differently")),
    one("time that hides its seconds", number("0.500347222222222", 8), "12:00:30", K.TIME,
        problems=problem("shown-differently")),
    one("time of more than a day", number("1.5", 8), "36:00:00", K.TIME,
        problems=problem("shown-differently")),
    one("text with more around it", '<c r="B2" s="7" t="str"><v>42</v></c>', "42",
        problems=problem("shown-differently")),
    one("text in a style that is none", '<c r="B2" s="none" t="str"><v>42</v></c>', "42"),
    one("duration of 10,000 days", number("10000", 4), "240000:00:00", K.TIME),
    one("date", number("46053", 1), "2026-01-31", K.DATE),
    one("date and time", number("46053.416666666664", 6), "2026-01-31T10:00:00", K.DATE),
    one("date in the 1904 epoch", number("44591", 1), "2026-01-31", K.DATE,
        parts={"properties": '<workbookPr date1904="1"/>'}),
    one("29 February 1900", number("60", 1), "60", K.DATE, problems=problem("bad-date")),
    one("28 February 1900", number("59", 1), "1900-02-28", K.DATE),
    one("a date before dates", number("-1", 1), "-1", K.DATE, problems=problem("bad-date")),
    one("time", number("0.5", 3), "12:00:00", K.TIME),
    one("duration", number("1.5", 4), "36:00:00", K.TIME),
    one("ISO date cell", '<c r="B2" t="d"><v>2026-01-31T00:00:00</v></c>', "2026-01-31", K.DATE),
    one("boolean", '<c r="B2" t="b"><v>1</v></c>', "TRUE", K.BOOLEAN),
    one("boolean in words", '<c r="B2" t="b"><v>True</v></c>', "TRUE", K.BOOLEAN),
    one("number with a comma", number("1,5"), "1,5", K.NUMBER, problems=problem("bad-number")),
    one("number in digits of Arabic", number("٥"), "٥", K.NUMBER, problems=problem("bad-number")),
    one("ISO time cell", '<c r="B2" t="d"><v>10:00:00</v></c>', "10:00:00", K.TIME),
    one("ISO date cell that is none", '<c r="B2" t="d"><v>soon</v></c>', "soon", K.DATE,
        problems=problem("bad-date")),
    one("error value", '<c r="B2" t="e"><v>#N/A</v></c>', "#N/A", K.ERROR),
    one("error without a value", '<c r="B2" t="e"/>', "#ERROR", K.ERROR),
    one("formula error without a value", '<c r="B2" t="e"><f>1/0</f></c>', "#ERROR", K.ERROR),
    one("formula error", '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!", K.ERROR),
    one("formula with its value", '<c r="B2" t="str"><f>A2</f><v>a</v></c>', "a"),
    one("formula with a number", '<c r="B2"><f>1+1</f><v>2</v></c>', "2", K.NUMBER),
    one("formula without a value", '<c r="B2"><f>1+1</f></c>', "", K.FORMULA_UNCACHED),
    one("formula with an empty value", '<c r="B2"><f>1+1</f><v></v></c>', "", K.FORMULA_UNCACHED),
    one("formula whose value is no text", '<c r="B2" t="str"><f>""</f><v></v></c>', ""),
    one("text that is a number", text_cell("B2", "007"), "007"),
    one("escaped carriage return", text_cell("B2", "a_x000D_b"), "a\rb"),
    one("entities", text_cell("B2", "&lt;p&gt;&#8364;&#x20AC;"), "<p>€€"),
    one("CDATA", text_cell("B2", "<![CDATA[<p>]]>"), "<p>"),
    one("a comment inside", text_cell("B2", "a<!-- b -->c"), "ac"),
    one("control character", text_cell("B2", "a_x0001_b"), "a\x01b",
        problems=problem("control-character")),
    one("cell of 32,767 characters", text_cell("B2", "x" * 32_767), "x" * 32_767),
    one("text formula without a value", '<c r="B2" t="str"><f>A2</f></c>', "", K.FORMULA_UNCACHED),
    one("inline formula without a value", '<c r="B2" t="inlineStr"><f>A2</f></c>', "",
        K.FORMULA_UNCACHED),
    one("formula that no program computed", '<c r="B2"><f>19.5*2</f><v>0</v></c>', "",
        K.FORMULA_UNCACHED, parts={"properties": '<calcPr fullCalcOnLoad="1"/>'}),
    one("zero of a program that computes", '<c r="B2"><f>1-1</f><v>0</v></c>', "0", K.NUMBER,
        parts={"properties": '<calcPr calcId="191029"/>'}),
    one("date with a zone of its writer", '<c r="B2" t="d"><v>2026-01-31T00:00:00.000Z</v></c>',
        "2026-01-31", K.DATE),
    one("boolean with blanks around", '<c r="B2" t="b"><v> 1 </v></c>', "TRUE", K.BOOLEAN),
    one("attributes in another order", '<c t="b" s="1" r="B2"><v>1</v></c>', "TRUE", K.BOOLEAN),
    one("lower-case reference", '<c r="b2"><v>1</v></c>', "1", K.NUMBER),
    one("cell without a reference", "<c><v>1</v></c>", "1", K.NUMBER),
    one("date beside a conditional format with the id of its format", number("46053", 1),
        "2026-01-31", K.DATE, parts={"extra": {"xl/styles.xml": styles_xml(conditional="0.00%")}}),
    one("two cells with one address", '<c r="B2"><v>1</v></c><c r="B2"><v>2</v></c>', "1",
        K.NUMBER, problems=problem("repeated-cell")),
    one("a blank cell with the address of another",
        '<c r="B2"><v>1</v></c><c r="B2" s="1"/><c r="B2" t="str"><v></v></c>', "1", K.NUMBER),
    sheet("rows in pieces", book(sheet_xml(HEAD + row(2, "a") + row(2, text_cell("B2", "b")))), AB),
    sheet("cells in no order", book(sheet_xml(
        HEAD + row(2, text_cell("B2", "b"), text_cell("A2", "a")))), AB),
    sheet("rows numbered by their cells", book(sheet_xml(
        (HEAD + row(7, "a", "b")).replace('<row r="7"', "<row"))), {7: ("a", "b")}),
    sheet("shared texts", book(sheet_xml(INDEXED + REFERS), shared=SHARED + "<si><t/></si>"),
          {2: ("a & b", "")}),
    sheet("rich texts", book(sheet_xml(INDEXED + REFERS), shared=SHARED + RICH),
          {2: ("a & b", "so bold")}),
    sheet("another prefix", book(PREFIXED), AB),
    sheet("strict workbook", book(sheet_xml(HEAD + TWO, namespace=STRICT)), AB),
    sheet("rows without numbers",
          book(sheet_xml((HEAD + TWO).replace(' r="1"', "").replace(' r="2"', ""))), AB),
    sheet("blank rows between", book(sheet_xml(HEAD + row(9, "a", "b"))), {9: ("a", "b")}),
    sheet("a declared million rows", book(sheet_xml(
        HEAD + TWO + '<row r="1048576" ht="15"/>', before='<dimension ref="A1:XFD1048576"/>')), AB),
    sheet("trailing formatted cells", book(sheet_xml(
        HEAD + row(2, "a", "b", '<c r="C2" s="1"/>', '<c r="XFD2" s="1"/>'))), AB),
    sheet("a cell right of the header", book(sheet_xml(
        HEAD + row(2, "a", "b", '<c r="E2"><v>7</v></c>'))), AB,
        problems=problem("unnamed-column", "Offers!E2")),
    sheet("header in row 3", book(sheet_xml(row(1, "Our offers") + row(3, "name", "content")
        + row(4, "a", "b"))), {4: ("a", "b")}, options=read(header_row=3),
        notices=frozenset({"lines-above-header"})),
    sheet("merged cells", book(sheet_xml(HEAD + TWO + row(3, "c"), tail=MERGED)),
          {2: ("a", "b"), 3: ("c", "")},
          problems=frozenset({(3, "Offers!B3", "merged-cells")})),
    sheet("text under a merged area", book(sheet_xml(HEAD + TWO + row(3, "c", "unseen"),
          tail=MERGED)), {2: ("a", "b"), 3: ("c", "unseen")},
          problems=frozenset({(3, "Offers!B3", "merged-cells")})),
    sheet("a column merged from top to bottom", book(sheet_xml(HEAD + TWO + row(3, "c"),
          tail=MERGED.replace("B2:B3", "B2:B1048576"))), {2: ("a", "b"), 3: ("c", "")},
          problems=frozenset({(3, "Offers!B3", "merged-cells")})),
    sheet("hidden column", book(sheet_xml(HEAD + TWO, before=HIDDEN_COLUMNS)), AB,
          notices=frozenset({"hidden-columns"})),
    sheet("hidden row whose number comes last", book(sheet_xml(
        HEAD + '<row hidden="true" ht="15" r="2">' + TWO.partition(">")[2])), AB,
        notices=frozenset({"hidden-rows"})),
    sheet("hidden row without a number", book(sheet_xml(
        HEAD + '<row hidden="1">' + TWO.partition(">")[2] + row(3, "c", "d"))), {3: ("c", "d")},
        options=read(skip_hidden=True), notices=frozenset({"hidden-rows"})),
    sheet("hidden rows are loaded",
          book(sheet_xml(HEAD + row(2, "a", "b", attributes=' hidden="1"'))), AB,
          notices=frozenset({"hidden-rows"})),
    sheet("hidden rows left out", book(sheet_xml(
        HEAD + row(2, "a", "b", attributes=' hidden="1"') + row(3, "c", "d"))),
        {3: ("c", "d")}, options=read(skip_hidden=True), notices=frozenset({"hidden-rows"})),
    sheet("first sheet hidden", book(OTHER, sheet_xml(HEAD + TWO), names=HIDDEN_FIRST), AB,
          notices=frozenset({"other-sheets"})),
    sheet("hidden sheet named", book(sheet_xml(HEAD + TWO), OTHER, names=HIDDEN_FIRST), AB,
          options=read(sheet="Offers"), notices=frozenset({"hidden-sheet"})),
    sheet("second sheet named, in other case", book(OTHER, sheet_xml(HEAD + TWO)), AB,
          options=read(sheet="more ")),
    sheet("shared texts that are missing and not needed", zipped({
        name: part for name, part in book_parts(sheet_xml(HEAD + TWO), shared="").items()
        if name != "xl/sharedStrings.xml"}), AB),
    sheet("a sheet in a state that only its writer knows",
          book(sheet_xml(HEAD + TWO), names=(("Offers", "show"),)), AB),
    sheet("macros and links", book(sheet_xml(HEAD + TWO), extra={
        "xl/vbaProject.bin": b"\0", "xl/externalLinks/externalLink1.xml": "<x/>"}), AB,
        suffix=".xlsm", notices=frozenset({"macros", "external-links"})),
    sheet("a workbook called .xls", book(sheet_xml(HEAD + TWO)), AB, suffix=".xls",
          notices=frozenset({"wrong-extension"})),
)  # fmt: skip
