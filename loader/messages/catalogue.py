"""Every code that a user can meet, its cause and cure, and messages of cells: the TOML files here.

To add a code, add a table to the file it belongs to: `cells` (a cell or a row), `refusals` (a whole
file or run), `notices` (stops nothing), `answers` (a row that was sent), `exits` (how a command
ends). `docs/errors.md` is made from these files, and a test proves that every code which the loader
gives is listed.

Here is what holds for every case of a code. The sentence of one refused file or run (what was found
where) is written where it is raised, as an error of `loader/errors.py`. Why a run is slow or stops
is said in `loader/delivery/`; what a door tells of a run, in `loader/cli/output/`,
`loader/web/page_words.toml` and `loader/inbox/notify/message.py`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from loader.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code, its cause and its cure. `message` has {value}, {expected}, {column}, {longest}."""

    code: str
    cause: str
    cure: str
    message: str = ""
    severity: Severity = Severity.ERROR
    area: str = ""


def _read(name: str) -> Mapping[str, Code]:
    tables = tomllib.loads(files("loader.messages").joinpath(name).read_text("utf-8"))
    return MappingProxyType({code: _code(code, table) for code, table in tables.items()})


def _code(code: str, table: Mapping[str, str]) -> Code:
    severity = Severity(table.get("severity", Severity.ERROR))
    return Code(code=code, **{**table, "severity": severity})  # type: ignore[arg-type]


CODES: Final = _read("cells.toml")
REFUSALS: Final = _read("refusals.toml")
NOTICES: Final = _read("notices.toml")
ANSWERS: Final = _read("answers.toml")
EXITS: Final = _read("exits.toml")


def codes_of(area: str) -> frozenset[str]:
    """Return the codes of one area of `cells.toml`: "profile", "reading" …"""
    return frozenset(code.code for code in CODES.values() if code.area == area)
