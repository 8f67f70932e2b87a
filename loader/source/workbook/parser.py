"""XML parts of a workbook, parsed by expat block by block, without a tree.

Expat reads any valid spelling: attributes in any order, prefixes, references, comments, CDATA. A
document type is refused, because the entities it can declare multiply.
"""

import zipfile
from collections.abc import Iterator, Sequence
from typing import Protocol
from xml.parsers import expat

from loader.errors import UnreadableSource

BLOCK = 4 << 20
FIRST_BLOCK = 256 << 10  # so that the first rows are there soon; each further one is twice as large
MOST_PENDING = 64 << 20  # bytes of one tag or comment that has no end yet
ROW = b'<row r="'
MOST_NAMES = 10_000  # of elements that are kept without their prefix
ENTITIES = (
    "the workbook declares XML entities, which no spreadsheet program writes and attacks do; save"
    " it again with a spreadsheet program"
)


class Handler(Protocol):
    """What is done with a part. Attributes come as name, value, name, value …"""

    def start(self, name: str, attributes: list[str], /) -> None:
        """Take the start of an element."""

    def end(self, name: str, /) -> None:
        """Take the end of an element."""

    def text(self, text: str, /) -> None:
        """Take a piece of text."""


class LocalNames(dict[str, str]):
    """The names of elements without their prefix: "x:row" is "row"."""

    def __missing__(self, name: str) -> str:
        found = name.rpartition(":")[2]
        if len(self) < MOST_NAMES:
            self[name] = found
        return found


def parse(
    archive: zipfile.ZipFile, part: str, handler: Handler, *, row_marks: Sequence[bytes] = ()
) -> Iterator[None]:
    """Parse the part; yield after each block, so that the caller can take what was collected.

    Whole rows that have none of the `row_marks` are not parsed where that is easily seen.
    """
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_document_type
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    with archive.open(part) as stream:
        given, size = 0, min(FIRST_BLOCK, BLOCK)
        is_plain = bool(row_marks)
        while block := stream.read(size):
            size = min(2 * size, BLOCK)
            is_plain = is_plain and b"<!" not in block  # a comment may hold anything
            if is_plain:
                block = without_rows(block, row_marks)  # what is left of it
            parser.Parse(block)
            given += len(block)
            if given - parser.CurrentByteIndex > MOST_PENDING:
                message = "a tag in it is longer than any spreadsheet program writes"
                raise UnreadableSource(message, code="beyond-limits")
            yield
    parser.Parse(b"", True)  # noqa: FBT003  # it takes no keyword
    yield


def without_rows(block: bytes, marks: Sequence[bytes]) -> bytes:
    """Return the block without the rows at its start and its end that have none of the marks.

    Only what lies between two rows with numbers is left out: a row without one needs those before.
    """
    found = [place for mark in marks if (place := block.find(mark)) >= 0]
    if not found:
        return _without(block, block.find(ROW), block.rfind(ROW))
    last = max(block.rfind(mark) for mark in marks)
    block = _without(block, block.find(ROW, last), block.rfind(ROW))
    first = min(found)
    return _without(block, block.find(ROW, 0, first), block.rfind(ROW, 0, first))


def _without(block: bytes, start: int, end: int) -> bytes:
    return block[:start] + block[end:] if 0 <= start < end else block


def refuse_document_type(*_: object) -> None:
    """Refuse the part: a handler of expat's for the start of a document type."""
    raise UnreadableSource(ENTITIES, code="xml-entities")


def attribute(attributes: Sequence[str], name: str) -> str | None:
    """Return the attribute's value. Attributes have no prefix in the parts that are read so."""
    for index in range(0, len(attributes), 2):
        if attributes[index] == name:
            return attributes[index + 1]
    return None
