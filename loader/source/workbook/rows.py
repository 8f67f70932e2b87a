"""The rows of a sheet's XML: quickly where it is written as programs write it, else carefully.

The quick reader knows one exact grammar and notices every byte outside of it; then the careful one
(an XML parser that refuses entities) reads the sheet again, from the row where the quick one
stopped. Both hand the same `StoredCell`s on.
Rules of this file: flat memory; the declared dimension of the sheet is not believed.
"""

import re
import zipfile
from collections.abc import Iterator
from itertools import count
from xml.etree.ElementTree import Element

from loader.errors import UnreadableSource
from loader.source.batch import RawRow
from loader.source.options import Limits
from loader.source.workbook.cells import CellReader, StoredCell
from loader.source.workbook.entities import NotPlain, unentitied
from loader.source.workbook.package import ENTITIES, local, stream_part

BLOCK = 1 << 20
ROW = re.compile(r'<row((?: [\w:]+="[^"<]*")*+)\s*(?:/>|>(.*?)</row>)\s*', re.DOTALL)
CELL_TEXT = (
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?\s*+'
    r"(?:/>|>(<f(?: [^>]*)?(?:/>|>[^<]*</f>))?"
    r'(?:<v(?: xml:space="preserve")?(?:/>|>([^<]*)</v>))?'
    r'(?:<is><t(?: xml:space="preserve")?(?:/>|>([^<]*)</t>)</is>)?</c>)\s*'
)
CELL = re.compile(CELL_TEXT)
CELLS = re.compile(f"(?:{CELL_TEXT})*+")
NUMBER = re.compile(r' r="([0-9]{1,7})"')
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def sheet_rows(
    archive: zipfile.ZipFile, part: str, reader: CellReader, limits: Limits
) -> Iterator[RawRow]:
    """Yield every row that holds something, from the top."""
    last = 0
    try:
        for row in _quick_rows(archive, part, reader, limits):
            last = row.number
            yield row
    except NotPlain:
        yield from (r for r in _careful_rows(archive, part, reader) if r.number > last)


def position_of(letters: str) -> int:
    """Return the position of the column "A" (0), "AB" (27) …"""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def _quick_rows(
    archive: zipfile.ZipFile, part: str, reader: CellReader, limits: Limits
) -> Iterator[RawRow]:
    positions: dict[str, int] = {}
    last = 0
    for text in _row_texts(archive, part, limits):
        at = 0
        for found in ROW.finditer(text):
            if found.start() != at:
                raise NotPlain
            at = found.end()
            attributes, body = found.groups()
            number = NUMBER.search(attributes)
            if number is None or int(number[1]) <= last:
                raise NotPlain
            last = int(number[1])
            if body:
                yield reader.row(last, _quick_cells(body, positions))
        if at != len(text):
            raise NotPlain


def _quick_cells(body: str, positions: dict[str, int]) -> Iterator[StoredCell]:
    if CELLS.fullmatch(body) is None:
        raise NotPlain
    before = -1
    for letters, style, kind, formula, value, inline in CELL.findall(body):
        position = positions.get(letters)
        if position is None:
            position = positions[letters] = position_of(letters)
        if position <= before:
            raise NotPlain
        before = position
        yield position, style, kind, unentitied(inline or value), bool(formula)


def _row_texts(archive: zipfile.ZipFile, part: str, limits: Limits) -> Iterator[str]:
    """Yield the XML between <sheetData> and its end, cut after rows."""
    rest, inside = b"", False
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            rest += block
            if not inside:
                rest, inside = _skip_prologue(rest)
                if not inside:
                    continue
            end = rest.find(b"</sheetData>")
            if end >= 0:
                yield _decoded(rest[:end])
                while stream.read(BLOCK):  # the checksum is known at the end
                    pass
                return
            cut = rest.rfind(b"</row>") + 6
            if cut > 5:
                yield _decoded(rest[:cut])
                rest = rest[cut:]
            elif len(rest) > 64 * limits.cell_characters:
                raise UnreadableSource(
                    "a row of the sheet is larger than any row can be", code="beyond-limits"
                )
    raise NotPlain  # no end: the careful reader says what is wrong


def _skip_prologue(rest: bytes) -> tuple[bytes, bool]:
    start = rest.find(b"<sheetData>")
    prologue = rest[: start if start >= 0 else len(rest)]
    if b"<!DOCTYPE" in prologue or b"<!ENTITY" in prologue:
        raise UnreadableSource(ENTITIES, code="xml-entities")
    declared = re.match(rb'\s*(?:\xef\xbb\xbf)?<\?xml [^>]*encoding=["\']([\w-]+)', prologue)
    if (declared and declared[1].lower() != b"utf-8") or prologue.startswith((b"\xff", b"\xfe")):
        raise NotPlain
    if start < 0:
        if len(rest) > 4 * BLOCK or b"<sheetData" in rest[:-9]:
            raise NotPlain
        return rest, False
    return rest[start + 11 :], True


def _decoded(xml: bytes) -> str:
    try:
        text = xml.decode()
    except UnicodeDecodeError as error:
        raise NotPlain from error
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _careful_rows(archive: zipfile.ZipFile, part: str, reader: CellReader) -> Iterator[RawRow]:
    following = count(1)
    data: Element | None = None
    for event, element in stream_part(archive, part):
        name = local(element.tag)
        if event == "start":
            data = element if name == "sheetData" else data
            continue
        if name != "row" or data is None:
            continue
        given = element.get("r")
        number = int(given) if given else next(following)
        following = count(number + 1)
        yield reader.row(number, _careful_cells(element))
        data.clear()


def _careful_cells(row: Element) -> Iterator[StoredCell]:
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
