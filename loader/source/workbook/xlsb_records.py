"""The records of a binary workbook (.xlsb), as [MS-XLSB] 2.1.4 describes them.

A part is a stream of records: a number, a length, the data. Records that are not known are skipped
by their length.
"""

import struct
import zipfile
from collections.abc import Iterator
from enum import IntEnum

from loader.source.workbook.package import damaged

BLOCK = 1 << 20
LARGEST = 64 << 20
LONGEST_START = 6  # bytes of number and length
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip


class Record(IntEnum):
    """The records that are read, by their names in [MS-XLSB] 2.3.2."""

    ROW_HEADER = 0
    CELL_BLANK = 1
    CELL_RK = 2
    CELL_ERROR = 3
    CELL_BOOLEAN = 4
    CELL_REAL = 5
    CELL_TEXT = 6
    CELL_SHARED_TEXT = 7
    FORMULA_TEXT = 8
    FORMULA_NUMBER = 9
    FORMULA_BOOLEAN = 10
    FORMULA_ERROR = 11
    SHORT_BLANK = 12  # the short forms have no column: it is the next one
    SHORT_RK = 13
    SHORT_ERROR = 14
    SHORT_BOOLEAN = 15
    SHORT_REAL = 16
    SHORT_TEXT = 17
    SHORT_SHARED_TEXT = 18
    SHARED_TEXT = 19
    NUMBER_FORMAT = 44
    CELL_FORMAT = 47
    COLUMNS = 60
    CELL_RICH_TEXT = 62
    WORKBOOK_PROPERTIES = 153
    SHEET = 156
    CALCULATION = 157
    MERGED_AREA = 176
    CELL_FORMATS_BEGIN = 617
    CELL_FORMATS_END = 618


def records(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, bytes]]:
    """Yield number and data of every record of a part."""
    buffer, at = b"", 0
    with archive.open(part) as stream:
        while True:
            if len(buffer) - at < LONGEST_START:
                buffer, at = buffer[at:] + stream.read(BLOCK), 0
                if not buffer:
                    return
            number, at = _variable(buffer, at, 2)
            length, at = _variable(buffer, at, 4)
            if length > LARGEST:
                raise damaged("a record is larger than any spreadsheet program writes")
            while len(buffer) - at < length:
                block = stream.read(BLOCK)
                if not block:
                    raise damaged("a record is cut off")
                buffer, at = buffer[at:] + block, 0
            yield number, buffer[at : at + length]
            at += length


def _variable(buffer: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and where it ends."""
    value = 0
    for index in range(most):
        if at >= len(buffer):
            raise damaged("a record without its length")
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            break
    return value, at


def wide_text(data: bytes, at: int) -> tuple[str, int]:
    """Return the text that begins at a place, and where it ends."""
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * int(length)
    if length == 0xFFFFFFFF:  # none
        return "", at + 4
    if end > len(data):
        raise damaged("a text is cut off")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def rk_number(data: bytes, at: int) -> float:
    """Return a number of 30 bits: whole or the upper part of a double, perhaps in hundredths."""
    (stored,) = struct.unpack_from("<i", data, at)
    is_hundredths, is_whole = stored & 1, stored & 2
    if is_whole:
        number = float(stored >> 2)
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (stored & 0xFFFFFFFC) << 32))
    return number / 100 if is_hundredths else number
