"""From what XML says of a cell to its place in a row: the one meaning for both row readers."""

from collections.abc import Iterable
from typing import TypeAlias

from loader.errors import UnreadableSource
from loader.source.batch import RawProblem, RawRow
from loader.source.delimited.records import CONTROL, control_problems
from loader.source.workbook.book import Book
from loader.source.workbook.texts import SharedTexts
from loader.source.workbook.values import Look, Value, number_value, unescaped
from loader.tables.chunk import CellKind

# position, style, type, value, and whether there is a formula: a cell as the XML gives it
StoredCell: TypeAlias = tuple[int, str, str, str | None, bool]
OWN_TEXT = {"str", "inlineStr"}
MOST_KNOWN = 100_000


class CellReader:
    """Turns stored cells into rows. Numbers that repeat are worked out once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._numbers: dict[tuple[str, str], Value] = {}

    @property
    def texts(self) -> SharedTexts:
        """The texts that cells share."""
        return self._book.texts

    def look(self, style: str) -> Look:
        """Return what a style makes of a number."""
        return self._book.look(style)

    def row(self, number: int, stored: Iterable[StoredCell]) -> RawRow:
        """Return the row; cells that the file leaves out are blank."""
        cells: list[str] = []
        kinds: dict[int, CellKind] = {}
        problems: list[RawProblem] = []
        for cell in stored:
            position = cell[0]
            text, kind, problem = self.value(cell)
            gap = position - len(cells)
            if gap > 0:
                if not text and kind is CellKind.TEXT:
                    continue  # formatted, but blank
                self._bound(position, number)
                cells.extend([""] * gap)
            if gap < 0:
                cells[position] = text
            else:
                cells.append(text)
            if kind is not CellKind.TEXT:
                kinds[position] = kind
            if problem is not None:
                code, message = problem
                problems.append(
                    RawProblem(position=position, code=code, message=message, value=text)
                )
        if CONTROL.search("".join(cells)):
            problems.extend(control_problems(cells))
        return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)

    @staticmethod
    def _bound(position: int, number: int) -> None:
        if position >= 16_384:
            raise UnreadableSource(
                f"row {number} has a cell outside of any sheet", code="damaged-file"
            )

    def value(self, cell: StoredCell) -> Value:
        """Return what the cell says."""
        _, style, type_, value, formula = cell
        if not value:
            uncached = formula and type_ not in OWN_TEXT
            return Value("", CellKind.FORMULA_UNCACHED if uncached else CellKind.TEXT)
        match type_:
            case "s":
                found = Value(self._shared(value))
            case "str" | "inlineStr":
                found = Value(unescaped(value))
            case "b":
                found = Value("TRUE" if value in {"1", "true"} else "FALSE", CellKind.BOOLEAN)
            case "e":
                found = Value(value, CellKind.ERROR)
            case "d":
                found = Value(value.removesuffix("T00:00:00"), CellKind.DATE)
            case _:
                found = self._number(value, style)
        return found

    def _shared(self, index: str) -> str:
        if 0 <= int(index) < len(self.texts):
            return self.texts[int(index)]
        raise UnreadableSource(
            f"the workbook is damaged (there is no shared text {index}); open it in a"
            " spreadsheet program and save it again",
            code="damaged-file",
        )

    def _number(self, stored: str, style: str) -> Value:
        key = (stored, style)
        known = self._numbers.get(key)
        if known is None:
            look = self.look(style)
            known = number_value(stored, look, epoch_1904=self._book.epoch_1904)
            if len(self._numbers) < MOST_KNOWN:
                self._numbers[key] = known
        return known


def row_of(number: int, values: Iterable[Value]) -> RawRow:
    """Return the row that holds these values from column A on."""
    cells: list[str] = []
    kinds: dict[int, CellKind] = {}
    problems: list[RawProblem] = []
    for position, (text, kind, problem) in enumerate(values):
        cells.append(text)
        if kind is not CellKind.TEXT:
            kinds[position] = kind
        if problem is not None:
            code, message = problem
            problems.append(RawProblem(position=position, code=code, message=message, value=text))
    while cells and not cells[-1] and len(cells) - 1 not in kinds:
        cells.pop()
    if CONTROL.search("".join(cells)):
        problems.extend(control_problems(cells))
    return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)
