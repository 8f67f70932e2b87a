"""A column of values as PostgreSQL writes an array.

psycopg can do that, too: with a regular expression for each text, and with another type of the
array for each mixture of values, so that the statement is prepared once for each of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def columns(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> dict[str, str]:
    """Return an array of the values of each name."""
    return {name: array([row[name] for row in rows]) for name in names}


def array(values: Iterable[str | bytes | float | None]) -> str:
    """Return texts, bytes, numbers or bools as the text of an array."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | bytes | float | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        if "\\" in value or '"' in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return repr(int(value) if isinstance(value, bool) else value)
