"""Load named SQL: a `.sql` file beside this module holds statements, each under `-- name: x`."""

import re
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import TYPE_CHECKING

_HEADING = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Statements(SimpleNamespace):
    """The statements of one file, as attributes."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> str: ...


def script(file: str) -> str:
    """Return the text of a file of SQL."""
    return files(__package__).joinpath(file).read_text("utf-8")


@cache
def statements(file: str) -> Statements:
    """Return the statements of a file of named SQL."""
    _, *parts = _HEADING.split(script(file))
    return Statements(**dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True)))
