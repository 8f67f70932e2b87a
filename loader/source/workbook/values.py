"""What a stored cell value is in words: numbers, dates, booleans, errors, as text and kind.

Rules of this file: pure; without loss: what a number cannot be turned into is a problem, never a
guess. Integral numbers have no ".0"; dates are ISO 8601 without a zone.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from loader.tables.chunk import CellKind

BUILTIN_DATES = {14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)}
BUILTIN_TIMES = {18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47}
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ESCAPED = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")  # no halves of characters
MILLIS_A_DAY = 86_400_000
LAST_SERIAL = 2_958_466  # 1 January 10000
EXACT = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """What a number format makes of a number."""

    kind: CellKind = CellKind.NUMBER
    digits: int = 0  # "00000" shows 123 as 00123


GENERAL = NumberFormat()


class Value(NamedTuple):
    """A cell as text. `problem` is a code and a message, or None."""

    text: str
    kind: CellKind = CellKind.TEXT
    problem: tuple[str, str] | None = None


def number_format(format_id: int, formats: Mapping[int, str]) -> NumberFormat:
    """Return what the number format does."""
    if format_id in formats:
        return _number_format_code(formats[format_id])
    if format_id in BUILTIN_DATES:
        return NumberFormat(kind=CellKind.DATE)
    return NumberFormat(kind=CellKind.TIME) if format_id in BUILTIN_TIMES else GENERAL


def _number_format_code(code: str) -> NumberFormat:
    if re.fullmatch("0{2,}", code):
        return NumberFormat(digits=len(code))
    letters = QUOTED.sub("", code.split(";", maxsplit=1)[0]).lower().replace("general", "")
    if re.search("[yd]", letters) or re.fullmatch(r"[^hs]*m{3,}[^hs]*", letters):
        return NumberFormat(kind=CellKind.DATE)
    return NumberFormat(kind=CellKind.TIME) if re.search("[hs]", letters) else GENERAL


def number_value(stored: str, form: NumberFormat, *, epoch_1904: bool) -> Value:
    """Return a number as text, or as the date that its format makes of it."""
    try:
        number = float(stored)
    except ValueError:
        return Value(stored)
    if not math.isfinite(number):
        return Value(stored, CellKind.NUMBER, ("bad-number", "is not a number"))
    if form.kind is CellKind.DATE:
        return _date(number, epoch_1904=epoch_1904)
    if form.kind is CellKind.TIME:
        return _time(number, epoch_1904=epoch_1904)
    text = number_text(number)
    if form.digits and text.isdigit():
        text = text.zfill(form.digits)
    if abs(number) >= EXACT:
        message = "is a number of more than 15 digits, of which a spreadsheet keeps 15"
        return Value(text, CellKind.NUMBER, ("number-precision", message))
    return Value(text, CellKind.NUMBER)


def number_text(number: float) -> str:
    """Return the shortest text: 1.0 is "1", and nothing has an exponent that need not."""
    if number.is_integer():
        return str(int(number)) if abs(number) < EXACT else format(Decimal(repr(number)), ".0f")
    return repr(number)


def _date(serial: float, *, epoch_1904: bool) -> Value:
    if abs(serial) > LAST_SERIAL:
        return _no_date(serial)
    millis = round(serial * MILLIS_A_DAY)
    days, rest = divmod(millis, MILLIS_A_DAY)
    if days < 0 or days >= LAST_SERIAL:
        return _no_date(serial)
    if not epoch_1904:
        if days < 60:
            if days == 0:
                return _time(serial, epoch_1904=epoch_1904)
            days += 1  # this calendar has a 29 February 1900
        elif days == 60:
            return _no_date(serial)
    start = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # naive, as in the sheet
    try:
        moment = start + timedelta(days=days, milliseconds=rest)
    except OverflowError:
        return _no_date(serial)
    text = moment.isoformat(timespec="auto") if rest else moment.date().isoformat()
    return Value(text.removesuffix("000"), CellKind.DATE)


def _no_date(serial: float) -> Value:
    text = number_text(serial)
    return Value(text, CellKind.DATE, ("bad-date", "is shown as a date, but no such day exists"))


def _time(serial: float, *, epoch_1904: bool) -> Value:
    if serial < 0:
        return _no_date(serial)
    if serial >= 10_000:  # a date that is shown as its time only
        return _date(serial, epoch_1904=epoch_1904)
    millis = round(serial * MILLIS_A_DAY)
    seconds, milli = divmod(millis, 1000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return Value(f"{text}.{milli:03d}" if milli else text, CellKind.TIME)


def unescaped(text: str) -> str:
    """Undo the _xHHHH_ of characters that XML cannot hold."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
