"""What a check keeps of each source for its annotated copy, and where the copy goes.

Rules of this file: errors are on disk as soon as they are found; a copy is made where a row has an
error, and of warnings alone only when it was asked for by name.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from loader.annotate import AnnotatedCopy, ErrorSpool, annotated_copy
from loader.errors import ResultsError
from loader.model import Notice, RowError, Severity
from loader.results import beside, check_place
from loader.results.untouched import free_path, is_untouched, refuse_edited
from loader.run.requests import CheckRequest
from loader.source import Source

FLAG = "--annotate"


class Annotations:
    """Collects the errors of one source after the other, and has the copies made."""

    def __init__(self, request: CheckRequest, sources: Sequence[str]) -> None:
        self._wanted = request.annotate or request.annotated is not None
        self._place = request.annotated
        self.copies: list[AnnotatedCopy] = []
        self.outdated: list[Path] = []
        if self._place is not None:
            _check(self._place, sources)

    @contextmanager
    def of(self, source: Source) -> Iterator["Marks"]:
        """Yield what takes the errors of `source`; make the copy when the block ends."""
        with ErrorSpool() as spool:
            marks = Marks(spool if self._wanted else None)
            yield marks
            if not self._wanted:
                return
            if marks.errors or (self._place is not None and spool.count):
                self.copies.append(annotated_copy(source, spool, path=self._path(source.path)))
            elif is_untouched(earlier := beside(source.path, "checked")):
                self.outdated.append(earlier)

    def paths(self) -> tuple[Path, ...]:
        """Return the copies that were made."""
        return tuple(copy.path for copy in self.copies if copy.path is not None)

    def notices(self) -> Iterator[Notice]:
        """Say what the user should know of the copies."""
        for copy in self.copies:
            yield from copy.notices
        for path in self.outdated:
            message = f"nothing is wrong any more; {path} is from an earlier check"
            yield Notice(source=str(path), code="outdated-copy", message=message)

    def _path(self, source: str) -> Path | None:
        if self._place is None or not self._place.is_dir():
            return self._place
        return free_path(self._place / beside(source, "checked").name)


class Marks:
    """Takes in the errors of one source."""

    def __init__(self, spool: ErrorSpool | None) -> None:
        self.errors = 0
        self._spool = spool

    def add(self, sheet: str, errors: Iterable[Sequence[RowError]]) -> None:
        """Take in the errors of some rows of `sheet`."""
        if self._spool is None:
            return
        found = [error for of_row in errors for error in of_row]
        self.errors += sum(error.severity is Severity.ERROR for error in found)
        if found:
            self._spool.add(sheet, found)


def _check(place: Path, sources: Sequence[str]) -> None:
    """Refuse a place for copies that could not be written to, before anything is read."""
    if place.is_dir():
        return
    if len(sources) > 1:
        raise ResultsError(
            f"{len(sources)} files have a copy each: name a folder that is there with {FLAG}, or"
            " leave it out to have each copy beside its file"
        )
    if place.suffix.lower() not in {".xlsx", ".xlsm"}:
        raise ResultsError(f"the annotated copy is a workbook: {FLAG} NAME.xlsx")
    check_place(place, sources=sources, flag=FLAG)
    refuse_edited(place, flag=FLAG)
