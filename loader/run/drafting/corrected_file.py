"""The corrected file: the user's own, in its own format, with the edited cells.

A text file and a workbook of XML parts are copied as they are; where that cannot be done, or the
copy does not read back as the rows that were seen, and for every other format, the rows come in a
new workbook, and it is said why. A row that would look right there, and is not, says so in it.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePath
from typing import Final

import orjson

from loader.annotate import ErrorSpool
from loader.annotate.child import copy_with_edits
from loader.annotate.new_workbook import write_new_workbook
from loader.errors import SourceError
from loader.model import RowError
from loader.source import ReadOptions, open_source
from loader.source.delimited.rewrite import NotWritable, rewrite
from loader.source.edited_cells import CellEdits
from loader.source.opened_source import Source
from loader.source.options import DEFAULT_LIMITS

_WORD: Final = "corrected"
_MACROS: Final = ".xlsm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The file, and what to call it; what the copy lacks, or why it is a new workbook."""

    path: Path
    name: str
    lost: tuple[str, ...] = ()
    why: str = ""


def corrected_file(
    path: Path,
    label: str,
    options: ReadOptions,
    edits: CellEdits,
    *,
    folder: Path,
    unrepeatable: Callable[[], Iterable[tuple[str, RowError]]],
) -> Corrected:
    """Write the corrected file into `folder`, which is empty.

    `unrepeatable` returns what is wrong, by sheet, that a workbook of texts would not show again.
    """
    out = folder / "corrected"
    edits = CellEdits(
        cells={cell: text for cell, text in edits.cells.items() if cell.position >= 0}
    )
    with open_source(label, options, stored_at=path, edits=edits) as source:
        name = PurePath(source.name if source.name != path.name else label)
        if not edits:
            out.write_bytes(path.read_bytes())
            return Corrected(path=out, name=label)
        lost, why = _copy(source, options, edits, out)
        if not why and not _reads_back(source, out, str(name), options):
            why = "the copy would not have read as the rows that you see"
        if not why:
            return Corrected(path=out, name=_named(name, name.suffix), lost=lost)
        with ErrorSpool() as spool, out.open("w+b") as file:
            for sheet, errors in groupby(unrepeatable(), key=itemgetter(0)):
                spool.add(sheet, (error for _, error in errors))
            write_new_workbook(file, source, spool)
        return Corrected(path=out, name=_named(name, ".xlsx"), why=why)


def _copy(
    source: Source, options: ReadOptions, edits: CellEdits, out: Path
) -> tuple[tuple[str, ...], str]:
    """Write the copy; return what it lacks, and why there is none."""
    if source.delimited is not None:
        rows: dict[int, dict[int, str]] = {}
        for cell, text in edits.cells.items():
            rows.setdefault(cell.row_number, {})[cell.position] = text
        try:
            with out.open("wb") as file:
                rewrite(source.delimited, options, DEFAULT_LIMITS, edits=rows, out=file)
        except NotWritable as error:
            return (), str(error)
        return (), ""
    if source.workbook is not None:
        listed = out.with_name("edits.json")
        listed.write_bytes(orjson.dumps([[*cell, text] for cell, text in edits.cells.items()]))
        macros = source.name.lower().endswith(_MACROS)
        result = copy_with_edits(source.workbook, listed, out, macros=macros, limits=DEFAULT_LIMITS)
        return tuple(result["lost"]), result["refused"]
    return (), "a file of this kind cannot be written by the loader"


def _reads_back(source: Source, copy: Path, name: str, options: ReadOptions) -> bool:
    """Return whether the copy reads as the rows with their edits."""
    try:
        with open_source(name, options, stored_at=copy) as again:
            return _rows(source) == _rows(again)
    except SourceError:
        return False


def _rows(source: Source) -> list[tuple[str, tuple[str, ...], str]]:
    """Return each sheet with a hash of its rows and their numbers."""
    found = []
    for table in source.tables():
        seen = hashlib.sha256()
        for chunk in table.chunks:
            for number, cells in chunk.rows():
                seen.update(orjson.dumps([number, *cells]))
        found.append((table.sheet, table.header, seen.hexdigest()))
    return found


def _named(name: PurePath, suffix: str) -> str:
    return f"{name.stem}.{_WORD}{suffix}"
