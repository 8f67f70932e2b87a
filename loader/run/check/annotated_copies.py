"""Keep the errors of each source on disk for its annotated copy, and decide where the copy goes.

A source with an error gets a copy; one with warnings alone only if the copy was asked for by name.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from loader.annotate import AnnotatedCopy, ErrorSpool, annotated_copy
from loader.annotate.copy_with_errors import FLAG, WORD
from loader.events import Listener, PhaseBegan
from loader.model import Notice, RowError, Severity
from loader.run.output_paths import Place
from loader.run.requests import CheckRequest
from loader.source import Source


class Annotations:
    """Collects the errors of one source after the other, and has the copies made."""

    def __init__(
        self, request: CheckRequest, sources: Sequence[str], *, listener: Listener
    ) -> None:
        self._listener = listener
        self._wanted = request.annotate or request.annotated is not None
        self._place = Place(
            word=WORD, flag=FLAG, given=request.annotated, suffixes=(".xlsx", ".xlsm")
        )
        self.copies: list[AnnotatedCopy] = []
        self.outdated: list[Path] = []
        self._place.check(sources)

    @contextmanager
    def collect(
        self, path: str, *, opened: Callable[[], AbstractContextManager[Source]]
    ) -> Iterator["Marks"]:
        """Yield where to store the errors of a source; make its copy when the block ends."""
        with ErrorSpool() as spool:
            marks = Marks(spool if self._wanted else None)
            yield marks
            if not self._wanted:
                return
            if marks.errors or (self._place.given is not None and spool.count):
                self._listener(PhaseBegan(name=f"marking a copy of {path}"))
                with opened() as source:
                    copy = annotated_copy(source, spool, path=self._place.explicit(path))
                self.copies.append(copy)
            elif earlier := self._place.earlier(path):
                self.outdated.append(earlier)

    def paths(self) -> tuple[Path, ...]:
        """Return the copies that were made."""
        return tuple(copy.path for copy in self.copies if copy.path is not None)

    def notices(self) -> Iterator[Notice]:
        """Yield what the user should know about the copies."""
        for copy in self.copies:
            yield from copy.notices
        for path in self.outdated:
            message = f"nothing is wrong any more; {path} is from an earlier check"
            yield Notice(source=str(path), code="outdated-copy", message=message)


class Marks:
    """Stores the errors of one source."""

    def __init__(self, spool: ErrorSpool | None) -> None:
        self.errors = 0
        self._spool = spool

    def add(self, sheet: str, errors: Iterable[Sequence[RowError]]) -> None:
        """Store the errors of some rows of `sheet`."""
        if self._spool is None:
            return
        found = [error for of_row in errors for error in of_row]
        self.errors += sum(error.severity is Severity.ERROR for error in found)
        if found:
            self._spool.add(sheet, found)
