"""A value inside of a cell that holds JSON, as exports with nested objects have them: `slot.code`.

The names after the first dot lead through objects, a whole number through a list (from 0). What the
JSON does not have is blank; a cell that is not JSON, or whose path leads through a plain value,
does not fit.
"""

from collections.abc import Sequence
from typing import Any, Final

from loader.tables.written_json import Written, written_decoder, written_json

MOST_NAMES: Final = 10
_UNFIT: Final = object()


def _without_repeats(items: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, each of whose names occurs once."""
    found = dict(items)
    if len(found) < len(items):
        raise ValueError("a name occurs twice")
    return found


_DECODER: Final = written_decoder(_without_repeats)


def path_of(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the column and the names inside of it: ("slot", ("code",)) of "slot.code"."""
    column, *names = (part.strip() for part in name.split("."))
    return column, tuple(names)


def value_at(cell: str, path: Sequence[str]) -> str | None:
    """Return what a path leads to, as the text of a cell; None where the cell does not fit."""
    found = _find(cell, path)
    return None if found is _UNFIT else _text(found)


def is_number_at(cell: str, path: Sequence[str]) -> bool:
    """Say whether a path leads to a number, written without an exponent."""
    found = _find(cell, path)
    return isinstance(found, Written) and "e" not in found.lower()


def _find(cell: str, path: Sequence[str]) -> Any:
    """Return what a path leads to: None for nothing, `_UNFIT` where the cell does not fit."""
    if not cell.strip():
        return None
    try:
        found: Any = _DECODER.decode(cell)
    except (ValueError, RecursionError):
        return _UNFIT
    for name in path:
        if found is None:
            return None
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isascii() and name.isdigit():
            found = found[int(name)] if int(name[:9]) < len(found) else None
        else:
            return _UNFIT
    return found


def _text(value: Any) -> str:
    """Return a value as the readers of JSON show it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case str():  # also a number
            return str(value)
        case list() if not any(isinstance(item, list | dict) for item in value):
            return ";".join(map(_text, value))
    return written_json(value)
