"""The annotated copy of one source: what is wrong, in the place where the user works.

    errors on disk -> the user's own workbook copied and marked (a confined process)
                   -> or a fresh workbook of its rows, where there is no workbook to copy

The source is never written to, and work that someone did in an earlier copy is never overwritten.
A copy that cannot be made does not fail the check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.annotate.child import copy_with_marks
from loader.annotate.spool import ErrorSpool
from loader.errors import ResultsError
from loader.model import Notice
from loader.results import path_beside
from loader.results.atomic import atomic_write
from loader.results.unedited import free_path
from loader.source import Source
from loader.source.options import DEFAULT_LIMITS, Limits

FLAG: Final = "--annotate"
WORD: Final = "checked"
_MACROS: Final = ".xlsm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedCopy:
    """Where the copy is (None: there is none), and what the user should know of it."""

    source: str
    path: Path | None
    notices: tuple[Notice, ...] = ()


class _NotCopied(Exception):
    """The workbook cannot be copied; the message says why."""


def annotated_copy(
    source: Source, spool: ErrorSpool, *, path: Path | None, limits: Limits = DEFAULT_LIMITS
) -> AnnotatedCopy:
    """Write the annotated copy of `source` to `path`; None: beside it, where that is possible."""
    try:
        return _copy(source, spool, path=path, limits=limits)
    except ResultsError as error:
        if path is not None:
            raise
        notice = _notice(
            source, "not-annotated", f"there is no copy with the cells marked: {error}"
        )
        return AnnotatedCopy(source=source.path, path=None, notices=(notice,))


def _copy(source: Source, spool: ErrorSpool, *, path: Path | None, limits: Limits) -> AnnotatedCopy:
    workbook = source.workbook
    outcome = (
        "" if workbook is None else _try_copy(source, workbook, spool, path=path, limits=limits)
    )
    if isinstance(outcome, AnnotatedCopy):
        return outcome
    from loader.annotate.new_workbook import write_new_workbook  # noqa: PLC0415 - writes workbooks

    target = free_path((path or path_beside(source.path, WORD)).with_suffix(".xlsx"))
    with atomic_write(target, path_by=f"{FLAG} PATH") as file:
        book = write_new_workbook(file, source, spool)
    notices = [*_comment_notices(source, book.uncommented)]
    if outcome:
        message = (
            "the copy with the cells marked has your rows, but not your formatting and other"
            f" sheets: {outcome}"
        )
        notices.append(_notice(source, "plain-copy", message))
    return AnnotatedCopy(source=source.path, path=target, notices=tuple(notices))


def _try_copy(
    source: Source, workbook: Path, spool: ErrorSpool, *, path: Path | None, limits: Limits
) -> AnnotatedCopy | str:
    """Return the copy, or why there is none."""
    suffix = _MACROS if source.name.lower().endswith(_MACROS) else ".xlsx"
    target = path or free_path(path_beside(source.path, WORD, suffix=suffix))
    macros = suffix == target.suffix.lower() == _MACROS
    if target.suffix.lower() == _MACROS and not macros:
        return "the name of the copy ends in .xlsm, but the source has no macros"
    try:
        with atomic_write(target, path_by=f"{FLAG} PATH") as file:
            result = copy_with_marks(
                workbook, spool.path, Path(file.name), macros=macros, limits=limits
            )
            if result["refused"]:
                raise _NotCopied(result["refused"])
    except _NotCopied as refusal:
        return str(refusal)
    notices = [*_comment_notices(source, result["uncommented"])]
    if result["lost"]:
        lost = f"in the copy, {'; '.join(result['lost'])}; your own file is as it was"
        notices.append(_notice(source, "not-kept", lost))
    return AnnotatedCopy(source=source.path, path=target, notices=tuple(notices))


def _comment_notices(source: Source, left_out: int) -> Iterator[Notice]:
    if left_out:
        yield _notice(
            source,
            "comments-left-out",
            f"{left_out} wrong cells are coloured and listed, but have no comment: so many would"
            " make the workbook slow",
        )


def _notice(source: Source, code: str, message: str) -> Notice:
    return Notice(source=source.path, code=code, message=message)
