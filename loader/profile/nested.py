"""A value inside of a cell that holds JSON, as exports with nested objects have them: `slot.code`.

The names after the first dot lead through objects, a whole number through a list (from 0). What the
JSON does not have is blank; a cell that is not JSON, or whose path leads through a plain value,
does not fit.
"""

from collections.abc import Sequence
from typing import Any, Final

from loader.tables.written_json import written_decoder, written_json

MOST_NAMES: Final = 10
_ABSENT: Final = object()


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
    if not cell.strip():
        return ""
    try:
        found: Any = _DECODER.decode(cell)
    except (ValueError, RecursionError):
        return None
    for name in path:
        if found is None or found is _ABSENT:
            return ""
        if isinstance(found, dict):
            found = found.get(name, _ABSENT)
        elif isinstance(found, list) and name.isascii() and name.isdigit():
            found = found[int(name)] if int(name[:9]) < len(found) else _ABSENT
        else:
            return None
    return "" if found is _ABSENT else _text(found)


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
