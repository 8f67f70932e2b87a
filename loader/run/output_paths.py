"""Where workbooks for a person go: beside each source, or where the user chose.

A path that cannot be written to is refused before anything is read or sent. A source, a file that
the loader did not write and a workbook that a person edited are never overwritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.errors import ResultsError
from loader.results import check_place, path_beside
from loader.results.unedited import free_path, is_unedited, refuse_edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the workbook "NAME.WORD.xlsx" of each source goes.

    `given` is what the user gave with `flag`: a file, a folder for several, or None: beside it.
    """

    word: str
    flag: str
    given: Path | None = None
    suffixes: tuple[str, ...] = (".xlsx",)

    def check(self, sources: Sequence[str]) -> None:
        """Raise `ResultsError` if the user's place cannot be used for these sources."""
        place = self.given
        if place is None or place.is_dir():
            return
        if len(sources) > 1:
            raise ResultsError(
                f"{len(sources)} files have a workbook each: name a folder that is there with"
                f" {self.flag}, or no place at all to have each beside its file"
            )
        if place.suffix.lower() not in self.suffixes:
            raise ResultsError(f"what {self.flag} writes is a workbook: {self.flag} NAME.xlsx")
        check_place(place, sources=sources, path_by=f"{self.flag} PATH")
        refuse_edited(place, path_by=f"{self.flag} PATH")

    def explicit(self, source: str) -> Path | None:
        """Return where the user wants the workbook of `source`; None: beside it."""
        if self.given is None or not self.given.is_dir():
            return self.given
        return free_path(self.given / path_beside(source, self.word).name)

    def path(self, source: str) -> Path:
        """Return where the workbook of `source` goes."""
        return self.explicit(source) or free_path(path_beside(source, self.word))

    def earlier(self, source: str) -> Path | None:
        """Return the workbook of `source` that an earlier use left, if nobody has edited it."""
        path = path_beside(source, self.word)
        return path if self.given is None and is_unedited(path) else None
