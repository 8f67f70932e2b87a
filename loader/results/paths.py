"""Where the results go, and whether they can: known before anything is sent.

The extension chooses the form. Neither a source nor a file that the loader did not write is ever
overwritten; a path that cannot be written is refused with the reason and what to do.
"""

import os
import re
import secrets
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from loader.errors import ResultsError
from loader.results.atomic import cannot_write
from loader.results.unedited import free_path, refuse_edited

_PACKED = frozenset({".gz", ".zip"})
_LONGEST_NAME_BYTES: Final = 255  # that file systems take
_TEMPORARY_PART_BYTES: Final = len("..01234567.part")  # what the temporary name adds to the name


class Form(StrEnum):
    """The forms of the results, by extension."""

    WORKBOOK = ".xlsx"  # for people: Results, Errors, Summary
    CSV = ".csv"  # one table, UTF-8
    JSON_LINES = ".jsonl"  # for programs: one object a row, untouched text


def form_of(path: Path) -> Form:
    """Return the form that the extension of `path` asks for."""
    try:
        return Form(path.suffix.lower())
    except ValueError:
        known = ", ".join(Form)
        raise ResultsError(
            f"the results path {path} ends in {path.suffix or 'no extension'!r}; the results can"
            f" be written as {known}: choose one of these with --results PATH"
        ) from None


def default_results_path(sources: Sequence[str]) -> Path:
    """Return the workbook beside the source; for several sources `results.xlsx` by the first.

    Standard input and database queries have no folder: their results go to the current one. Where
    somebody's own file has that name, it is "NAME-2", "NAME-3" …
    """
    first = sources[0]
    if len(sources) > 1 and first != "-" and "://" not in first:
        return free_path(Path(first).with_name("results.xlsx"))
    return free_path(path_beside(first, "results"))


def path_beside(source: str, word: str, *, suffix: str = ".xlsx") -> Path:
    """Return the workbook NAME.WORD.xlsx beside `source`; NAME.WORD-2.xlsx beside such a one."""
    if "://" in source:
        return Path(f"query.{word}{suffix}")
    if source == "-":
        return Path(f"stdin.{word}{suffix}")
    path = Path(source)
    name = Path(path.stem) if path.suffix.lower() in _PACKED else path
    room = _LONGEST_NAME_BYTES - _TEMPORARY_PART_BYTES - len(f"-999.{word}{suffix}")
    bare = re.sub(rf"\.{re.escape(word)}(?:-\d+)?$", "", name.stem) or name.stem
    stem = bare.encode()[:room].decode("utf-8", "ignore")
    place = path.with_name(f"{stem}.{word}{suffix}")
    return path.with_name(f"{stem}.{word}-2{suffix}") if place == path else place


def check_writable(path: Path, *, sources: Sequence[str] = ()) -> None:
    """Raise `ResultsError` unless results can be put at `path`. Leaves nothing behind."""
    form_of(path)
    check_place(path, sources=sources)
    refuse_edited(path, path_by="--results PATH")


def check_place(
    path: Path, *, sources: Sequence[str] = (), path_by: str = "--results PATH"
) -> None:
    """Raise `ResultsError` unless a file can be put at `path` that overwrites no source."""
    _require_short(path, path_by=path_by)
    for source in sources:
        if source != "-" and "://" not in source and _is_same(path, Path(source)):
            raise ResultsError(
                f"{path} would overwrite the source {source}: choose another place with {path_by}"
            )
    try:
        _probe(path.resolve(), path_by=path_by)
    except OSError as error:
        raise cannot_write(path, error, path_by=path_by) from error


def _require_short(path: Path, *, path_by: str) -> None:
    most = _LONGEST_NAME_BYTES - _TEMPORARY_PART_BYTES
    if len(os.fsencode(path.name)) > most:
        raise ResultsError(
            f"cannot write to {path}: its name has more than {most} bytes. Choose a shorter name"
            f" with {path_by}."
        )


def _is_same(path: Path, source: Path) -> bool:
    if path.resolve() == source.resolve():
        return True
    return path.exists() and source.exists() and path.samefile(source)


def _probe(target: Path, *, path_by: str) -> None:
    if target.exists() and not target.is_file():
        raise ResultsError(
            f"cannot write to {target}: it is not a file. Choose another place with {path_by}."
        )
    if not target.parent.is_dir():
        raise ResultsError(
            f"cannot write to {target}: the folder {target.parent} does not exist. Make it, or"
            f" choose another place with {path_by}."
        )
    if target.exists():
        os.close(os.open(target, os.O_WRONLY))  # write-protected, or held by another program
    probe = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    probe.open("xb").close()
    probe.unlink()
