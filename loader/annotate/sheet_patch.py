"""Write cells into the XML of a sheet, and leave every other byte of it as it is."""

import re
from collections.abc import Mapping
from typing import Final, Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape

from loader.source.workbook.cell_references import REFERENCE
from loader.tables.addresses import column_letters, column_position

_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]")
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class NotPatched(Exception):
    """The cells cannot be written into the XML; the message says why."""


class NumberOf(Protocol):
    """Returns the number that a text is stored as; "" where it stays text."""

    def __call__(self, text: str, style: str, /, *, was_number: bool) -> str: ...


class SheetPatch:
    """Writes cells of one sheet: row number -> position -> text."""

    def __init__(self, edits: Mapping[int, Mapping[int, str]], *, number_of: NumberOf) -> None:
        self._edits = edits
        self._number_of = number_of
        self._splices: list[tuple[int, int, bytes]] = []  # start, end, what replaces it
        self._row = 0
        self._position = -1
        self._pending: dict[int, str] = {}  # of this row, not yet written
        self._cell: tuple[int, str, str] | None = None  # an edited one: its start, style, kind
        self._has_value = False
        self.had_formula = False  # one of the cells

    def apply(self, content: bytes) -> bytes:
        """Return the sheet with the cells written. Raises `NotPatched`."""
        if content.startswith(_UTF_16_MARKS):
            raise NotPatched("a sheet of it is not written in UTF-8")
        self._content = content
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(content, True)  # noqa: FBT003 - it takes no keyword
        parts, copied = [], 0
        for start, end, new in self._splices:
            parts += [content[copied:start], new]
            copied = end
        return b"".join([*parts, content[copied:]])

    def _refuse(self, *_: object) -> None:
        raise NotPatched("its XML declares a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, element = name.rpartition(":")
        if element == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() else self._row + 1
            self._position = -1
            self._pending = dict(self._edits.get(self._row, {}))
        elif element == "c" and self._pending:
            self._start_cell(prefix, attributes)
        elif self._cell is not None:
            self._read_cell_content(element, attributes)

    def _start_cell(self, prefix: str, attributes: dict[str, str]) -> None:
        reference = REFERENCE.fullmatch(attributes.get("r", ""))
        self._position = column_position(reference[1]) if reference else self._position + 1
        here = self._parser.CurrentByteIndex
        for position in sorted(at for at in self._pending if at < self._position):
            self._insert(here, prefix, position)
        if self._position in self._pending:
            self._cell = (here, attributes.get("s", ""), attributes.get("t", "n"))
            self._has_value = False

    def _read_cell_content(self, element: str, attributes: dict[str, str]) -> None:
        self._has_value = self._has_value or element == "v"
        if element == "f":
            self.had_formula = True
            if "ref" in attributes or attributes.get("t", "normal") not in ("normal", "shared"):
                raise NotPatched("a formula that fills several cells begins in an edited cell")

    def _end(self, name: str) -> None:
        prefix, _, element = name.rpartition(":")
        here = self._parser.CurrentByteIndex
        if element == "c" and self._cell is not None:
            start, style, kind = self._cell
            was_number = kind == "n" and self._has_value
            text = self._pending.pop(self._position)
            new = self._cell_xml(prefix, self._position, text, style, was_number=was_number)
            is_closed = not self._content.startswith(b"</", here)  # <c/> ends where it began
            end = here if is_closed else self._content.index(b">", here) + 1
            self._splices.append((start, end, new))
            self._cell = None
        elif element == "row":
            for position in sorted(self._pending):
                if not self._content.startswith(b"</", here):
                    raise NotPatched("a row of it holds no cell at all")
                self._insert(here, prefix, position)

    def _insert(self, here: int, prefix: str, position: int) -> None:
        text = self._pending.pop(position)
        if text:
            new = self._cell_xml(prefix, position, text, "", was_number=False)
            self._splices.append((here, here, new))

    def _cell_xml(
        self, prefix: str, position: int, text: str, style: str, *, was_number: bool
    ) -> bytes:
        """Return the element of a cell."""
        if _NOT_IN_XML.search(text):
            raise NotPatched("a cell holds a character that no workbook can hold")
        p = f"{prefix}:" if prefix else ""
        styled = f' s="{style}"' if style else ""
        cell = f'<{p}c r="{column_letters(position)}{self._row}"{styled}'
        number = self._number_of(text, style, was_number=was_number)
        if not text:
            return f"{cell}/>".encode()
        if number:
            return f"{cell}><{p}v>{number}</{p}v></{p}c>".encode()
        shown = escape(_ESCAPE.sub("_x005F_", text))
        inside = f'<{p}is><{p}t xml:space="preserve">{shown}</{p}t></{p}is>'
        return f'{cell} t="inlineStr">{inside}</{p}c>'.encode()
