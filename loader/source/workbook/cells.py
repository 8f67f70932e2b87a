"""What a stored cell means: its text, its kind, and what is wrong with it."""

import re
from collections.abc import Iterable
from datetime import datetime

from loader.errors import UnreadableSource
from loader.source.control_characters import CONTROL, control_problems
from loader.source.parsed_rows import RawProblem, RawRow
from loader.source.workbook.book import Book
from loader.source.workbook.number_format import NumberFormat
from loader.source.workbook.package import damaged
from loader.source.workbook.raw_cells import StoredCell
from loader.source.workbook.shared_texts import SharedTexts
from loader.source.workbook.values import (
    CellProblem,
    Value,
    hidden_part,
    number_value,
    text_value,
    unescaped,
)
from loader.tables.chunk import CellKind

OWN_TEXT = {"str", "inlineStr"}
MOST_KNOWN = 100_000
BLANK = Value("")
BOOLEANS = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?")
REPEATED = CellProblem(
    "repeated-cell",
    "is in the file twice with this address, so one of the two values is in the wrong place",
)


class CellReader:
    """Turns stored cells into rows. Numbers that repeat are worked out once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._numbers: dict[tuple[str, str], Value] = {}

    @property
    def texts(self) -> SharedTexts:
        """The texts that cells share."""
        return self._book.texts

    def number_format(self, style: str) -> NumberFormat:
        """Return what a style makes of a number."""
        return self._book.number_format(style)

    def text_format(self, style: str) -> NumberFormat:
        """Return what a style makes of a text."""
        return self._book.text_format(style)

    def row(self, number: int, stored: Iterable[StoredCell]) -> RawRow:
        """Return the row of these cells, which are in order; what is left out is blank."""
        values: list[Value] = []
        for cell in stored:
            position = cell[0]
            if position < len(values):
                values[-1] = values[-1]._replace(problem=REPEATED)
                continue
            values.extend([BLANK] * (position - len(values)))
            values.append(self.value(cell))
        return row_of(number, values)

    def value(self, cell: StoredCell) -> Value:
        """Return what the cell says."""
        _, style, type_, value, formula = cell
        if not value:
            uncached = formula and (value is None or type_ not in OWN_TEXT)
            return Value("", CellKind.FORMULA_UNCACHED if uncached else CellKind.TEXT)
        match type_:
            case "s":
                found = text_value(self._shared(value), self.text_format(style))
            case "str" | "inlineStr":
                found = text_value(unescaped(value), self.text_format(style))
            case "b":
                found = text_value(_boolean(value), self.text_format(style), CellKind.BOOLEAN)
            case "e":
                found = Value(value, CellKind.ERROR)
            case "d":
                found = _stored_moment(value, self.text_format(style))
            case _:
                found = self._number(value, style)
        return found

    def _shared(self, index: str) -> str:
        if index.strip().isdecimal() and self.texts.has(int(index)):
            return self.texts[int(index)]
        raise no_such_text(index)

    def _number(self, stored: str, style: str) -> Value:
        key = (stored, style)
        known = self._numbers.get(key)
        if known is None:
            known = number_value(
                stored, self.number_format(style), epoch_1904=self._book.epoch_1904
            )
            if len(self._numbers) < MOST_KNOWN:
                self._numbers[key] = known
        return known


def _boolean(stored: str) -> str:
    text = stored.strip().lower()
    if text not in BOOLEANS:
        raise damaged(f'"{stored[:20]}" is no boolean')
    return BOOLEANS[text]


def _stored_moment(stored: str, form: NumberFormat) -> Value:
    """Return a date as it is shown: a Z of some writers means nothing, for sheets have no zones."""
    text = re.sub(r"(\.\d*?)0+$", r"\1", stored.strip().removesuffix("Z")).removesuffix(".")
    if CLOCK.fullmatch(text):
        return Value(text, CellKind.TIME)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Value(
            text, CellKind.DATE, CellProblem("bad-date", "is stored as a date, but is none")
        )
    return Value(text.removesuffix("T00:00:00"), CellKind.DATE, hidden_part(moment, form))


def no_such_text(index: object) -> UnreadableSource:
    """Return the error for a cell that refers to a shared text that is not there."""
    return damaged(f"there is no shared text {index}")


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
            problems.append(RawProblem(position=position, value=text, **problem._asdict()))
    while cells and not cells[-1] and len(cells) - 1 not in kinds:
        cells.pop()
    if CONTROL.search("".join(cells)):
        problems.extend(control_problems(cells))
    return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)
