"""Typed values of systems and binary formats as text and kind, without loss."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from uuid import UUID

import orjson

from loader.source.number_text import exact_number_text
from loader.source.parsed_rows import RawProblem
from loader.tables.chunk import CellKind

SCALARS = (str, int, float, bool)
DIGITS_KEPT = 15  # of a number, by spreadsheets


def text_and_kind(value: object) -> tuple[str, CellKind]:
    """Return the value as a cell. Lists of plain values become "a;b", other structures JSON."""
    match value:
        case None | str():
            return value or "", CellKind.TEXT
        case bool():
            return str(value).upper(), CellKind.BOOLEAN
        case int() | Decimal():
            return _exact(value)
        case float():
            return _float(value)
        case datetime() | date() | time() | timedelta():
            return _date_or_time(value)
    return _structure(value)


def _exact(value: int | Decimal) -> tuple[str, CellKind]:
    """Return a number without loss: with too many digits for a spreadsheet, as text."""
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value), CellKind.ERROR
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text, CellKind.NUMBER if len(text) <= DIGITS_KEPT else CellKind.TEXT


def _float(value: float) -> tuple[str, CellKind]:
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124  # NaN is not itself
        return str(value), CellKind.ERROR
    return exact_number_text(value), CellKind.NUMBER


def _date_or_time(value: date | time | timedelta) -> tuple[str, CellKind]:
    match value:
        case datetime():
            finer = getattr(value, "nanosecond", 0)  # which Python's own dates do not have
            whole = value.time() == time() and not finer and value.tzinfo is None
            return (value.date() if whole else value).isoformat(), CellKind.DATE
        case date():
            return value.isoformat(), CellKind.DATE
        case time():
            return value.isoformat(), CellKind.TIME
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    seconds = span.days * 86_400 + span.seconds
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    billionths = span.microseconds * 1000 + getattr(span, "nanoseconds", 0)
    part = f".{billionths:09d}".rstrip("0") if billionths else ""
    return f"{text}{part}", CellKind.TIME


def _has_nan_or_infinity(value: object) -> bool:
    """Tell whether a structure holds NaN or an infinity."""
    match value:
        case float():
            return not isfinite(value)
        case list() | tuple():
            return any(map(_has_nan_or_infinity, value))
        case dict():
            return any(map(_has_nan_or_infinity, value.values()))
    return False


def has_bytes(value: object) -> bool:
    """Tell whether a value holds bytes that are no UTF-8 text, or bytes inside of a structure."""
    match value:
        case bytes() | memoryview():
            try:
                bytes(value).decode()
            except UnicodeDecodeError:
                return True
            return False
        case list() | tuple():
            return any(isinstance(item, bytes) or has_bytes(item) for item in value)
        case dict():
            return has_bytes(list(value.values()))
    return False


def bytes_problem(position: int, text: str) -> RawProblem:
    """Return the problem of a cell that holds bytes."""
    return RawProblem(
        position=position,
        code="bytes-not-text",
        message="holds bytes that are not UTF-8 text",
        value=text,
        suggestion="turn the column into text where the file or the answer is made",
    )


def _structure(value: object) -> tuple[str, CellKind]:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace"), CellKind.TEXT
    if isinstance(value, UUID):
        return str(value), CellKind.TEXT
    if isinstance(value, list) and all(isinstance(item, SCALARS) for item in value):
        items = [text_and_kind(item) for item in value]
        is_error = any(kind is CellKind.ERROR for _, kind in items)
        text = ";".join(text for text, _ in items)
        return text, CellKind.ERROR if is_error else CellKind.TEXT
    if _has_nan_or_infinity(value):  # not in JSON: it would become null
        return json.dumps(value, default=str, ensure_ascii=False), CellKind.ERROR
    try:
        return orjson.dumps(value, default=str).decode(), CellKind.TEXT
    except TypeError:  # an integer of more than 64 bits, or a key that is no text
        text = json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
        return text, CellKind.TEXT
