"""Old Excel workbooks (.xls): those of Excel 2 to 4 record by record, the others by xlwt."""

import struct
from pathlib import Path
from typing import Any

from loader.source import ReadOptions
from loader.tables.chunk import CellKind
from tests.corpus.case import Case

K = CellKind
FILES = Path(__file__).parent / "files"


def record(number: int, data: bytes = b"") -> bytes:
    """Return a record."""
    return struct.pack("<HH", number, len(data)) + data


def excel(
    version: int,
    *rows: tuple[str | float, ...],
    before: bytes = b"",
    encoding: str = "cp1252",
) -> bytes:
    """Return a sheet as Excel 2, 3 or 4 wrote it: a workbook was one sheet then."""
    start = struct.pack("<HH", version, 0x10) + bytes(2 * (version > 2))
    cells = [
        _cell(version, row, column, value, encoding)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
    ]
    first = {2: 0x0009, 3: 0x0209, 4: 0x0409}[version]
    return record(first, start) + before + b"".join(cells) + record(0x000A)


def _cell(version: int, row: int, column: int, value: str | float, encoding: str) -> bytes:
    place = struct.pack("<HH", row, column) + bytes(3 if version == 2 else 2)
    number = 0x0000 if version == 2 else 0x0200
    if not isinstance(value, str):
        return record(number | 3, place + struct.pack("<d", value))
    text = value.encode(encoding)
    length = struct.pack("<B" if version == 2 else "<H", len(text))
    return record(number | 4, place + length + text)


def renamed_stream(name: str) -> bytes:
    """Return the workbook of xlwt with another name of its stream."""
    data = (FILES / "formula.xls").read_bytes()
    at = data.index("Workbook".encode("utf-16-le"))
    spelled = name.encode("utf-16-le")
    entry = spelled.ljust(64, b"\0") + struct.pack("<H", len(spelled) + 2)
    return data[:at] + entry + data[at + 66 :]


def damaged_root() -> bytes:
    """Return the workbook of xlwt whose root entry claims a stream that it does not have."""
    data = renamed_stream("Workbook")
    at = data.index("Root Entry".encode("utf-16-le")) + 116
    return data[:at] + struct.pack("<II", 0, 64) + data[at + 8 :]


def formulas(name: str, data: bytes, **more: Any) -> Case:
    """Return the case of xlwt's formulas, which no program computed."""
    return Case(
        **more,
        name=name, suffix=".xls", data=data,
        header=("name", "placement", "type", "content", "attr:Price"),
        rows={n: (f"N{n - 1}", "dps:offer-placement:1a24dc4342f2e220", "text", "c", "")
              for n in (2, 3)},
        kinds={(n, 4): K.FORMULA_UNCACHED for n in (2, 3)},
    )  # fmt: skip


CYRILLIC = excel(4, ("name", "content"), ("Летняя распродажа", "b"), encoding="cp1251")
HIDDEN_COLUMN = record(0x007D, struct.pack("<6H", 1, 1, 0x900, 0, 1, 0))

OLD_EXCEL = (
    formulas("xls: formulas that no program computed", renamed_stream("Workbook")),
    formulas("xls: a stream with a name in capitals", renamed_stream("BOOK")),
    *(
        Case(name=f"xls: Excel {version}", suffix=".xls",
             data=excel(version, ("name", "content"), ("a", 1.5)),
             rows={2: ("a", "1.5")}, kinds={(2, 1): K.NUMBER})
        for version in (2, 3, 4)
    ),
    Case(name="xls: hidden column", suffix=".xls",
         data=excel(4, ("name", "content"), ("a", "b"), before=HIDDEN_COLUMN),
         rows={2: ("a", "b")}, notices=frozenset({"hidden-columns"})),
    formulas("xls: a root entry that claims too much", damaged_root(),
             notices=frozenset({"repaired-workbook"})),
    Case(name="xls: letters of no named code page", suffix=".xls", data=CYRILLIC,
         refused=("does not say the encoding", "--encoding")),
    Case(name="xls: letters of a code page that the user names", suffix=".xls", data=CYRILLIC,
         options=ReadOptions(isolated=False, encoding="cp1251"),
         rows={2: ("Летняя распродажа", "b")}),
)  # fmt: skip
