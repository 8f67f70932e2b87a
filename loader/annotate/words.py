"""What a comment on a wrong cell says, and which cell that is.

Rules of this file: pure. A comment is what is wrong, then what to do, for each error of the cell;
`MARK` parts it from what the user wrote there, so that a later check can replace it.
"""

from collections.abc import Iterable
from typing import Final

from loader.model import RowError, Severity
from loader.results.columns import position_of
from loader.results.text import visible

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


def without_ours(text: str) -> str:
    """Return what the user wrote in a comment, without what an earlier check added."""
    return text.partition(MARK)[0].rstrip()


def is_error(errors: Iterable[RowError]) -> bool:
    """Say whether one of them keeps the row from being sent."""
    return any(error.severity is Severity.ERROR for error in errors)


def by_position(errors: Iterable[RowError]) -> dict[int, list[RowError]]:
    """Return errors of a row by the cell to mark: the first of the row, where none is named."""
    found: dict[int, list[RowError]] = {}
    for error in errors:
        found.setdefault(position_of(error) or 0, []).append(error)
    return found
