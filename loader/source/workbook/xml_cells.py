"""The cells of a sheet of .xlsx, out of its XML."""

import zipfile
from collections.abc import Iterator, Sequence

from loader.errors import UnreadableSource
from loader.source.options import Limits
from loader.source.workbook.cell_references import RowCounter
from loader.source.workbook.parser import LocalNames, attribute, parse
from loader.source.workbook.raw_cells import CellStore, StoredCells

MOST_HEADS = 100_000
# What a row with a value, a formula or an error has; blank cells with formats may be many.
FILLED = (b"<v", b"<f", b"<is", b":v", b":f", b":is", b"Data", b'"e"', b"'e'")


def stored_cells(archive: zipfile.ZipFile, part: str, limits: Limits) -> Iterator[StoredCells]:
    """Yield the cells of a sheet, whole rows at a time."""
    collector = _Collector(limits)
    for _ in parse(archive, part, collector, row_marks=FILLED):
        if cells := collector.take():
            yield cells
    if cells := collector.take(finished=True):
        yield cells


class _Collector:
    """Takes cells out of XML. Every cell comes through here, so common names are tested first.

    The head of a cell is its attributes without the address.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._local = LocalNames()
        self._rows = RowCounter()
        self._within = False  # of sheetData: elsewhere, "row" and "c" mean other things
        self._listening = False
        self._aside = 0  # inside of phonetic hints
        self._heads: dict[tuple[str, ...], int] = {}
        self._store = CellStore()
        self._places, self._cell_heads = self._store.places, self._store.style_indexes
        self._values, self._formulas = self._store.values, self._store.formulas

    def start(self, name: str, attributes: list[str]) -> None:
        if name == "c":
            if not attributes or attributes[0] != "r":
                attributes = _reordered(attributes)
            self._places.append(self._rows.pack_position(attributes[1]))
            rest = tuple(attributes[2:])
            head = self._heads.get(rest)
            self._cell_heads.append(self._new_head(rest) if head is None else head)
            self._values.append(None)
        elif name == "v":
            self._values[-1] = ""
            self._listening = True
        else:
            self._start_other(name, attributes)

    def _new_head(self, rest: tuple[str, ...]) -> int:
        if len(self._heads) >= MOST_HEADS:
            message = "its cells have more styles than any spreadsheet program writes"
            raise UnreadableSource(message, code="beyond-limits")
        return self._heads.setdefault(rest, len(self._heads))

    def _start_other(self, name: str, attributes: list[str]) -> None:
        local = self._local[name]
        if local == "sheetData":
            self._within = True
        elif not self._within:
            return
        elif local != name:
            self.start(local, attributes)
        elif name == "row":
            before = self._rows.number
            self._rows.start(attributes)
            if self._rows.number != before:
                self._store.start_row()
        elif name == "f":
            self._formulas.append(len(self._values) - 1)
        elif name == "is":
            self._values[-1] = ""
        elif name == "t":
            self._listening = not self._aside
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        self._listening = False
        if name not in {"v", "c"}:
            local = self._local[name]
            if local == "rPh":
                self._aside -= 1
            elif local == "sheetData":
                self._within = False

    def text(self, text: str) -> None:
        if self._listening:
            value = self._values[-1]
            self._values[-1] = self._longer(value, text) if value else text

    def _longer(self, value: str, text: str) -> str:
        if len(value) + len(text) > self._limits.cell_characters:
            raise UnreadableSource(
                f"row {self._rows.number} holds a cell of more than"
                f" {self._limits.cell_characters:,} characters",
                code="beyond-limits",
            )
        return value + text

    def take(self, *, finished: bool = False) -> StoredCells | None:
        """Return the cells of the rows that are whole, or None."""
        return self._store.take([_style(head) for head in self._heads], finished=finished)


def _reordered(attributes: list[str]) -> list[str]:
    """Return attributes that begin with "r"; "" where there is no reference."""
    style, type_ = _style(attributes)
    return ["r", attribute(attributes, "r") or "", "s", style, "t", type_]


def _style(head: Sequence[str]) -> tuple[str, str]:
    return attribute(head, "s") or "", attribute(head, "t") or ""
