"""What a stored cell value is in words: numbers, dates, booleans, errors, as text and kind.

What a number cannot be turned into is a problem, never a guess; where the text that is taken
differs from the text that is shown, the cell gets a warning. Dates are ISO 8601 without a zone.
"""

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from loader.model import Severity
from loader.source.number_text import EXACT, number_text
from loader.source.workbook.moment_parts import duration_parts, hidden_parts, moment_parts
from loader.source.workbook.number_format import NumberFormat
from loader.tables.chunk import CellKind

ESCAPED = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")  # no halves of characters
NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)
MILLIS_A_DAY = 86_400_000
LAST_SERIAL = 2_958_466  # 1 January 10000


class CellProblem(NamedTuple):
    """Something wrong with a cell, or worth a warning."""

    code: str
    message: str
    severity: Severity = Severity.ERROR


class Value(NamedTuple):
    """A cell as text."""

    text: str
    kind: CellKind = CellKind.TEXT
    problem: CellProblem | None = None


def number_value(stored: str, form: NumberFormat, *, epoch_1904: bool) -> Value:
    """Return a number as text, or as the date that its format makes of it."""
    number = float(stored) if NUMBER.fullmatch(stored) else math.nan
    if not math.isfinite(number):
        return Value(stored, CellKind.NUMBER, CellProblem("bad-number", "is not a number"))
    if form.kind is CellKind.DATE:
        return _date(number, form, epoch_1904=epoch_1904)
    if form.kind is CellKind.TIME:
        return _time(number, form, epoch_1904=epoch_1904)
    text = number_text(number)
    if abs(number) >= EXACT:
        message = "is a number of more than 15 digits, of which a spreadsheet keeps 15"
        return Value(text, CellKind.NUMBER, CellProblem("number-precision", message))
    return _formatted(text, form)


def _formatted(text: str, form: NumberFormat) -> Value:
    """Return the text, or what is shown where that is a code; warn where the two differ."""
    if not form.code:
        return Value(text, CellKind.NUMBER)
    shown = form.shown(Decimal(text))
    if shown == text:
        return Value(text, CellKind.NUMBER)
    if shown and form.is_identifier and "." not in text:
        return Value(shown, CellKind.NUMBER)
    return Value(text, CellKind.NUMBER, _shows(shown, text, form))


def text_value(text: str, form: NumberFormat, kind: CellKind = CellKind.TEXT) -> Value:
    """Return a text (or a boolean); warn where its format shows something else."""
    if not form.changes_texts:
        return Value(text, kind)
    shown = form.shown_text(text)
    return Value(text, kind, None if shown == text.strip() else _shows(shown, f'"{text}"', form))


def _shows(shown: str | None, held: str, form: NumberFormat) -> CellProblem:
    seen = "something else" if shown is None else f'"{shown[:60]}"' if shown else "nothing"
    return shown_differently(
        f"shows {seen} by its number format {form.code[:60]}, but holds {held[:62]}, which is sent"
    )


def shown_differently(message: str) -> CellProblem:
    """Return the warning that a cell shows something else than is sent."""
    return CellProblem("shown-differently", message, Severity.WARNING)


def _date(serial: float, form: NumberFormat, *, epoch_1904: bool) -> Value:
    if abs(serial) > LAST_SERIAL:
        return _no_date(serial)
    millis = round(serial * MILLIS_A_DAY)
    days, rest = divmod(millis, MILLIS_A_DAY)
    if days < 0 or days >= LAST_SERIAL:
        return _no_date(serial)
    if not epoch_1904:
        if days < 60:
            if days == 0:
                warning = shown_differently(
                    "is shown as a day that does not exist; its time is sent"
                )
                return _time(serial, form, epoch_1904=epoch_1904)._replace(problem=warning)
            days += 1  # this calendar has a 29 February 1900
        elif days == 60:
            return _no_date(serial)
    start = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # naive, as in the sheet
    try:
        moment = start + timedelta(days=days, milliseconds=rest)
    except OverflowError:
        return _no_date(serial)
    return Value(_moment_text(moment), CellKind.DATE, hidden_part(moment, form))


def _moment_text(moment: datetime) -> str:
    if moment.time() == moment.min.time():
        return moment.date().isoformat()
    return moment.isoformat(timespec="auto").removesuffix("000")


def hidden_part(moment: datetime, form: NumberFormat) -> CellProblem | None:
    """Return the warning that the format shows only a part of the date, if so."""
    return _hides(hidden_parts(moment_parts(moment), form.parts), _moment_text(moment))


def _hides(parts: list[str], text: str) -> CellProblem | None:
    if not parts:
        return None
    return shown_differently(f"does not show the {' and '.join(parts)} of {text}, which is sent")


def _no_date(serial: float) -> Value:
    message = "is shown as a date, but no such day exists"
    return Value(number_text(serial), CellKind.DATE, CellProblem("bad-date", message))


def _time(serial: float, form: NumberFormat, *, epoch_1904: bool) -> Value:
    if serial < 0:
        return _no_date(serial)
    if serial >= 10_000 and not form.elapsed:  # a date of which the format shows the time only
        return _date(serial, form, epoch_1904=epoch_1904)
    millis = round(serial * MILLIS_A_DAY)
    seconds, milli = divmod(millis, 1000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    text = f"{text}.{milli:03d}" if milli else text
    return Value(
        text, CellKind.TIME, _hides(hidden_parts(duration_parts(millis), form.parts), text)
    )


def unescaped(text: str) -> str:
    """Undo the _xHHHH_ of characters that XML cannot hold."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
