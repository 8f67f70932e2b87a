"""The rows of a sheet, one by one, out of a parser of XML that refuses entities.

Rules of this file: flat memory; the declared dimension of the sheet is not believed.
"""

import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from loader.source.batch import RawRow
from loader.source.workbook.cells import CellReader, StoredCell
from loader.source.workbook.package import damaged, local, stream_part

REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def sheet_rows(archive: zipfile.ZipFile, part: str, reader: CellReader) -> Iterator[RawRow]:
    """Yield every row, from the top."""
    last = 0
    data: Element | None = None
    for event, element in stream_part(archive, part):
        name = local(element.tag)
        if event == "start":
            data = element if name == "sheetData" else data
            continue
        if name != "row" or data is None:
            continue
        given = element.get("r")
        number = int(given) if given else last + 1
        if number <= last:
            raise damaged(f"row {number} stands below row {last}")
        last = number
        yield reader.row(number, _cells(element))
        data.clear()


def position_of(letters: str) -> int:
    """Return the position of the column "A" (0), "AB" (27) …"""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def _cells(row: Element) -> Iterator[StoredCell]:
    following = 0
    for cell in row:
        if local(cell.tag) != "c":
            continue
        reference = REFERENCE.fullmatch(cell.get("r", ""))
        position = position_of(reference[1]) if reference else following
        following = position + 1
        value, formula = None, False
        for child in cell:
            match local(child.tag):
                case "f":
                    formula = True
                case "v":
                    value = child.text or ""
                case "is":
                    value = _inline(child)
        yield position, cell.get("s", ""), cell.get("t", ""), value, formula


def _inline(element: Element) -> str:
    pieces = []
    for child in element:
        if local(child.tag) == "t":
            pieces.append(child.text or "")
        elif local(child.tag) == "r":
            pieces.extend(t.text or "" for t in child if local(t.tag) == "t")
    return "".join(pieces)
