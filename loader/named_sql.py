"""Load named SQL: a `.sql` file holds statements, each under `-- name: x`."""

import re
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

_HEADING: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Statement(str):
    """A statement as SQLite runs it. `key` finds what PostgreSQL runs instead: `file.name`."""

    __slots__ = ("key",)
    key: str


class Statements(SimpleNamespace):
    """The statements of one file, as attributes."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Statement: ...


def script(file: str, *, package: str) -> str:
    """Return the text of a file of SQL."""
    return files(package).joinpath(file).read_text("utf-8")


@cache
def statements(file: str, *, package: str) -> Statements:
    """Return the statements of a file of named SQL."""
    _, *parts = _HEADING.split(script(file, package=package))
    found = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        found[name] = Statement(text.strip())
        found[name].key = f"{file.removesuffix('.sql')}.{name}"
    return Statements(**found)
