"""Binary Excel workbooks (.xlsb), record by record: no other program of ours writes them."""

import struct

from loader.tables.chunk import CellKind
from tests.corpus.books import DECLARATION, PKG, REL, zipped
from tests.corpus.case import Case
from tests.corpus.old_excel import FILES

K = CellKind


def record(number: int, data: bytes = b"") -> bytes:
    """Return a record: number and length in seven bits a byte, and the data."""
    return _seven(number) + _seven(len(data)) + data


def _seven(value: int) -> bytes:
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def wide(text: str) -> bytes:
    """Return a text with its length."""
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


def at(column: int) -> bytes:
    """Return where a cell stands, in the default style."""
    return struct.pack("<II", column, 0)


def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    """Return a row and its cells."""
    flags = bytes([0, 0x10 if hidden else 0])
    head = struct.pack("<IIH", number - 1, 0, 300) + flags + struct.pack("<BI", 0, 0)
    return record(0, head) + b"".join(cells)


def text(column: int, content: str) -> bytes:
    """Return a cell that holds its text."""
    return record(6, at(column) + wide(content))


def number(column: int, value: float) -> bytes:
    """Return a cell that holds a number."""
    return record(5, at(column) + struct.pack("<d", value))


def rich(column: int, content: str) -> bytes:
    """Return a cell that holds its text, with formats inside."""
    return record(62, at(column) + b"\1" + wide(content))


def failed(column: int, error: int, *, formula: bool = False) -> bytes:
    """Return a cell that holds an error, perhaps of a formula."""
    body = at(column) + bytes([error])
    return record(11, body + struct.pack("<HII", 0, 0, 0)) if formula else record(3, body)


def styled(column: int, value: float, style: int) -> bytes:
    """Return a cell that holds a number in a style."""
    return record(5, struct.pack("<IId", column, style, value))


def short(number: int, data: bytes) -> bytes:
    """Return a cell in a short form: it stands right of the one before, in the default style."""
    return record(number, bytes(4) + data)


def xlsb(
    *rows: bytes,
    merged: bytes = b"",
    before: bytes = b"",
    more: bytes = b"",
    properties: bytes = b"",
) -> bytes:
    """Return a workbook of one sheet, "Offers", perhaps with a second one, "More"."""
    listed = b"".join(
        record(156, struct.pack("<II", 0, n) + wide(f"rId{n}") + wide(name))
        for n, name in enumerate(("Offers", "More")[: 1 + bool(more)], start=1)
    )
    book = record(131) + properties + record(143) + listed + record(144) + record(132)
    head = f'{DECLARATION}<Relationships xmlns="{PKG}">'
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in (1, 2)
    )
    return zipped(
        {
            "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PKG}"/>',
            "_rels/.rels": f'{head}<Relationship Id="r" Type="{REL}/officeDocument"'
            ' Target="xl/workbook.bin"/></Relationships>',
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": f"{head}{relations}"
            f'<Relationship Id="rId3" Type="{REL}/styles" Target="styles.bin"/>'
            f'<Relationship Id="rId4" Type="{REL}/sharedStrings" Target="sharedStrings.bin"/>'
            "</Relationships>",
            "xl/worksheets/sheet1.bin": _sheet(b"".join(rows), before, merged),
            "xl/worksheets/sheet2.bin": _sheet(more),
            "xl/styles.bin": STYLES,
            "xl/sharedStrings.bin": record(159, struct.pack("<II", 1, 1))
            + record(19, b"\0" + wide("shared"))
            + record(160),
        }
    )


def _sheet(rows: bytes, before: bytes = b"", merged: bytes = b"") -> bytes:
    size = record(148, struct.pack("<4I", 0, 9, 0, 1))
    return record(129) + size + before + record(145) + rows + record(146) + merged + record(130)


def _format(id_: int) -> bytes:
    return record(47, struct.pack("<HH", 0, id_) + bytes(12))


# Style 1 is 00000, style 2 a date, style 3 a date with its time.
STYLES = (
    record(278)
    + record(615, struct.pack("<I", 1))
    + record(44, struct.pack("<H", 164) + wide("00000"))
    + record(616)
    + record(626, struct.pack("<I", 1))
    + _format(14)
    + record(627)  # formats of named styles do not count
    + record(617, struct.pack("<I", 4))
    + b"".join(map(_format, (0, 164, 14, 22)))
    + record(618)
    + record(279)
)
HEAD = row(1, text(0, "name"), text(1, "content"))
AREA = record(177, struct.pack("<I", 1)) + record(176, struct.pack("<4I", 1, 2, 1, 1)) + record(178)
EPOCH_1904 = record(153, struct.pack("<III", 1, 0, 0))
HIDDEN_COLUMN = record(60, struct.pack("<4IH", 1, 1, 9, 0, 1))

BINARY = (
    Case(name="xlsb: texts and numbers", suffix=".xlsb",
         data=xlsb(HEAD, row(3, text(0, "007"), number(1, 1.0))),
         rows={3: ("007", "1")}, kinds={(3, 1): K.NUMBER}),
    Case(name="xlsb: error values", suffix=".xlsb",
         data=xlsb(HEAD, row(2, text(0, "a"), failed(1, 0x2A)),
                   row(3, failed(0, 0x17, formula=True), text(1, "b"))),
         rows={2: ("a", "#N/A"), 3: ("#REF!", "b")},
         kinds={(2, 1): K.ERROR, (3, 0): K.ERROR}),
    Case(name="xlsb: hidden rows, merged cells", suffix=".xlsb",
         data=xlsb(HEAD, row(2, text(0, "a"), text(1, "b"), hidden=True), row(3, text(0, "c")),
                   merged=AREA),
         rows={2: ("a", "b"), 3: ("c", "")}, notices=frozenset({"hidden-rows"}),
         problems=frozenset({(3, "Offers!B3", "merged-cells")})),
    Case(name="xlsb: shared, formatted and short texts", suffix=".xlsb",
         data=xlsb(HEAD, row(2, record(7, at(0) + bytes(4)), rich(1, "so")),
                   row(3, short(18, bytes(4)), short(17, wide("_x0041_")))),
         rows={2: ("shared", "so"), 3: ("shared", "_x0041_")}),
    Case(name="xlsb: numbers in short forms", suffix=".xlsb",
         data=xlsb(HEAD, row(2, short(13, struct.pack("<i", 123 << 2 | 3)),
                             short(16, struct.pack("<d", 0.1))),
                   row(3, short(12, b""), short(13, struct.pack("<I", 0xBFF00000))),
                   row(4, short(15, b"\1"), short(14, b"\x2a"))),
         rows={2: ("1.23", "0.1"), 3: ("", "-1"), 4: ("TRUE", "#N/A")},
         kinds={(2, 0): K.NUMBER, (2, 1): K.NUMBER, (3, 1): K.NUMBER, (4, 0): K.BOOLEAN,
                (4, 1): K.ERROR}),
    Case(name="xlsb: number formats and dates", suffix=".xlsb",
         data=xlsb(HEAD, row(2, styled(0, 42, 1), styled(1, 46053, 2)),
                   row(3, styled(0, 46053.416666666664, 3), styled(1, 46053.0000058, 3))),
         rows={2: ("00042", "2026-01-31"),
               3: ("2026-01-31T10:00:00", "2026-01-31T00:00:00.501")},
         kinds={(2, 0): K.NUMBER, (2, 1): K.DATE, (3, 0): K.DATE, (3, 1): K.DATE},
         problems=frozenset({(3, "Offers!B3", "shown-differently")})),
    Case(name="xlsb: date in the 1904 epoch", suffix=".xlsb",
         data=xlsb(HEAD, row(2, text(0, "a"), styled(1, 44591, 2)), properties=EPOCH_1904),
         rows={2: ("a", "2026-01-31")}, kinds={(2, 1): K.DATE}),
    Case(name="xlsb: hidden column", suffix=".xlsb",
         data=xlsb(HEAD, row(2, text(0, "a"), text(1, "b")), before=HIDDEN_COLUMN),
         rows={2: ("a", "b")}, notices=frozenset({"hidden-columns"})),
    Case(name="xlsb: by SheetJS", suffix=".xlsb",
         data=(FILES / "sheetjs.xlsb").read_bytes(),  # by SheetJS 0.18.5
         header=("name", "placement", "type", "content"),
         rows={2: ("N1", "dps:offer-placement:1a24dc4342f2e220", "text", "c")}),
)  # fmt: skip
