"""Binary Excel workbooks (.xlsb), record by record: no other program of ours writes them."""

import struct
from pathlib import Path

from loader.tables.chunk import CellKind
from tests.corpus.books import DECLARATION, PKG, REL, zipped
from tests.corpus.case import Case

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


def failed(column: int, error: int, *, formula: bool = False) -> bytes:
    """Return a cell that holds an error, perhaps of a formula."""
    body = at(column) + bytes([error])
    return record(11, body + struct.pack("<HII", 0, 0, 0)) if formula else record(3, body)


def xlsb(*rows: bytes, merged: bytes = b"") -> bytes:
    """Return a workbook of one sheet, "Offers"."""
    size = record(148, struct.pack("<4I", 0, 9, 0, 1))
    sheet = record(129) + size + record(145) + b"".join(rows) + record(146) + merged + record(130)
    listed = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Offers"))
    book = record(131) + record(143) + listed + record(144) + record(132)
    head = f'{DECLARATION}<Relationships xmlns="{PKG}">'
    return zipped(
        {
            "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PKG}"/>',
            "_rels/.rels": f'{head}<Relationship Id="r" Type="{REL}/officeDocument"'
            ' Target="xl/workbook.bin"/></Relationships>',
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": f'{head}<Relationship Id="rId1" Type="{REL}/worksheet"'
            ' Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


HEAD = row(1, text(0, "name"), text(1, "content"))
AREA = record(177, struct.pack("<I", 1)) + record(176, struct.pack("<4I", 1, 2, 1, 1)) + record(178)

FILES = Path(__file__).parent / "files"

BINARY = (
    Case(name="xls: formulas that no program computed", suffix=".xls",
         data=(FILES / "formula.xls").read_bytes(),  # by xlwt, which is no dependency
         header=("name", "placement", "type", "content", "attr:Price"),
         rows={n: (f"N{n - 1}", "dps:offer-placement:1a24dc4342f2e220", "text", "c", "")
               for n in (2, 3)},
         kinds={(n, 4): K.FORMULA_UNCACHED for n in (2, 3)}),
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
)  # fmt: skip
