"""Translate the statements of `journal/sql` for PostgreSQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from loader.journal.sql.statements import statements
from loader.named_sql import Statement

_PARAMETER: Final = re.compile(r"(?<![:\w]):(\w+)")
_LISTED: Final = re.compile(r"json_each\(:(\w+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeStatement:
    """A statement with placeholders of psycopg. `names` are those of its values."""

    text: str
    names: tuple[str, ...]


@cache
def translate(statement: str) -> NativeStatement:
    """Return the statement that PostgreSQL runs instead of one for SQLite."""
    key = getattr(statement, "key", "")
    return _translate(_own().get(key, statement))


@cache
def translate_group(statement: str) -> NativeStatement | None:
    """Return the statement that does the same for many rows at once, or None."""
    found = _groups().get(getattr(statement, "key", ""))
    return None if found is None else _translate(found)


def _translate(text: str) -> NativeStatement:
    text = _LISTED.sub(r"json_array_elements_text(CAST(:\1 AS json))", text)
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    return NativeStatement(text=_PARAMETER.sub(r"%(\1)s", text.replace("%", "%%")), names=names)


@cache
def _own() -> Mapping[str, Statement]:
    return _by_key("own.sql")


@cache
def _groups() -> Mapping[str, Statement]:
    return _by_key("groups.sql")


def _by_key(file: str) -> Mapping[str, Statement]:
    found = vars(statements(file, package=__package__))
    return {name.replace("__", "."): statement for name, statement in found.items()}
