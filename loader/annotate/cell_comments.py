"""The texts about wrong cells and rows: in comments, and in our column.

A comment is what is wrong, then what to do, for each error of the cell;
`MARK` separates it from what the user wrote there, so that a later check can replace it.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Final

from loader.model import RowError, Severity
from loader.results.cell_text import visible
from loader.results.columns import position_of
from loader.validation.repair_column import CONFIRM, HEADING, is_reserved, must_be_confirmed

MARK: Final = "— loader check —"
_LONGEST: Final = 2_000


def comment_text(errors: Iterable[RowError]) -> str:
    """Return the comment for the errors of one cell."""
    lines = [MARK]
    for error in errors:
        kind = "Warning" if error.severity is Severity.WARNING else "Error"
        lines.append(f"{kind}: {error.message}")
        if error.suggestion:
            lines.append(f"→ {error.suggestion}")
        lines.append(f"[{error.code}]")
    return visible("\n".join(lines))[:_LONGEST]


def append_comment(existing: str, ours: str) -> str:
    """Return the `existing` comment followed by `ours`, with the mark in it once."""
    if not existing:
        return ours
    if MARK in existing:
        return f"{existing}\n{ours.removeprefix(MARK).lstrip()}"[: 2 * _LONGEST]
    return f"{existing.rstrip()}\n\n{ours}"


def without_our_comment(text: str) -> str:
    """Return what the user wrote in a comment, without what an earlier check added."""
    return text.partition(MARK)[0].rstrip()


def is_error(errors: Iterable[RowError]) -> bool:
    """Return whether one of them keeps the row from being sent."""
    return any(error.severity is Severity.ERROR for error in errors)


def by_position(errors: Iterable[RowError]) -> dict[int, list[RowError]]:
    """Return errors of a row by the cell to mark: the first of the row, where none is named."""
    found: dict[int, list[RowError]] = {}
    for error in errors:
        found.setdefault(position_of(error) or 0, []).append(error)
    return found


def reserved_column(header: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Return where the reserved column is, and the heading to add where it is not there yet."""
    place = next((i for i, each in enumerate(header) if is_reserved(each)), len(header))
    return place, () if place < len(header) else (HEADING,)


def summarise_errors(errors: Sequence[RowError], *, source: str, sheet: str) -> str:
    """Return one line: what is wrong with a row, and where the row was."""
    wrong = [error for error in errors if error.severity is Severity.ERROR]
    texts = "; ".join(_sentence(error) for error in wrong)
    row = f"row {wrong[0].row_number}" if wrong else ""
    where = " ".join(filter(None, (PurePath(source).name, sheet, row)))
    first = f"{CONFIRM}: " if any(map(must_be_confirmed, wrong)) else ""
    return f"{first}{texts} ({where})"


def _sentence(error: RowError) -> str:
    hint = f" → {error.suggestion}" if error.suggestion else ""
    named = error.column and error.column not in error.message
    return f"{error.column}: {error.message}{hint}" if named else f"{error.message}{hint}"
