"""What a binary workbook (.xlsb) says of its cells that calamine keeps to itself: errors, merged
areas, hidden rows.

A sheet is a stream of records (a number, a length, the data). Calamine gives the values; the
records, looked through once before, say which of its blanks are errors.
Only the records below are understood; all others are skipped by their length.
"""

import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from loader.errors import UnreadableSource
from loader.source.workbook.book import targets_of
from loader.source.workbook.layout import SheetLayout
from loader.source.workbook.package import damaged

ROW, CELL_ERROR, FORMULA_ERROR, SHEET, MERGED = 0, 3, 11, 156, 176  # [MS-XLSB] 2.3.2
NOT_READ = {*range(12, 20), 62}  # cells that calamine passes over without a word
HIDDEN = 0x10
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
LARGEST = 64 << 20
Errors = dict[int, dict[int, str]]  # row number -> position -> error


def parts_of(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet, by its name."""
    names = {name.lower(): name for name in archive.namelist()}
    targets = targets_of(archive, "xl/workbook.bin", names)
    found = {}
    with archive.open("xl/workbook.bin") as stream:
        for number, data in records(stream):
            if number == SHEET:
                relation, rest = _wide(data[8:])
                found[_wide(rest)[0]] = targets[relation][1]
    return found


def read_records(archive: zipfile.ZipFile, part: str) -> tuple[SheetLayout, Errors]:
    """Look through the records of a sheet."""
    layout, errors = SheetLayout(), Errors()
    row = 0
    with archive.open(part) as stream:
        for number, data in records(stream):
            if number == ROW:
                row = int.from_bytes(data[:4], "little") + 1
                if data[11] & HIDDEN:
                    layout.hidden.add(row)
            elif number in {CELL_ERROR, FORMULA_ERROR}:
                position = int.from_bytes(data[:4], "little")
                errors.setdefault(row, {})[position] = ERRORS.get(data[8], "#ERROR")
            elif number in NOT_READ:
                raise UnreadableSource(
                    "the sheet stores its cells in a short form, or with formatted texts, which is"
                    " not read from .xlsb; open it in a spreadsheet program and save it as .xlsx",
                    code="damaged-file",
                )
            elif number == MERGED:
                top, bottom, left, right = struct.unpack_from("<4I", data)
                layout.merge(left, top + 1, right, bottom + 1)
    return layout, errors


def records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield number and data of every record."""
    while (number := _variable(stream, 2)) is not None:
        length = _variable(stream, 4)
        if length is None or length > LARGEST:
            raise damaged("a record without its length")
        data = stream.read(length)
        if len(data) < length:
            raise damaged("a record is cut off")
        yield number, data


def _variable(stream: IO[bytes], most: int) -> int | None:
    """Read a number of seven bits a byte; None at the end."""
    value = 0
    for index in range(most):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << (7 * index)
        if not byte[0] & 0x80:
            break
    return value


def _wide(data: bytes) -> tuple[str, bytes]:
    """Return the text at the start of `data`, and what follows."""
    end = 4 + 2 * int.from_bytes(data[:4], "little")
    return data[4:end].decode("utf-16-le", "replace"), data[end:]
