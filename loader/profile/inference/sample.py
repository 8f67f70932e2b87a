"""A sample of a foreign sheet: its headings, and some values of each column."""

from dataclasses import dataclass
from typing import Final

from loader.model import Notice
from loader.profile.bind import EVERY_OTHER
from loader.tables.addresses import column_letters, column_position
from loader.tables.fold_headings import fold
from loader.validation.fields import Fields

MOST_DISTINCT: Final = 50  # values of a column that are looked at; with more it is no closed set


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledSheet:
    """What is known of a sheet: `values` are some distinct ones of each column, not blank.

    `notices` are what its reader has to say.
    """

    source: str
    fields: Fields  # of the kind of entity that it lists
    header: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    notices: tuple[Notice, ...] = ()

    def reference(self, at: int) -> str:
        """Return what a profile calls the column: its heading, if that is one of its own."""
        heading = self.header[at].strip()
        names = [own.strip() for own in self.header]
        if not heading or heading == EVERY_OTHER or names.count(heading) > 1:
            return f"column {column_letters(at)}"
        return heading

    def place(self, at: int) -> str:
        """Say to a person which column it is."""
        heading = self.header[at].strip()
        letters = f"column {column_letters(at)}"
        return f'{letters} "{heading}"' if heading else letters

    def find(self, text: str) -> int | None:
        """Return the one column that a person means by a heading or by letters, or None."""
        wanted = text.strip()
        for found in (
            [at for at, own in enumerate(self.header) if own.strip() == wanted],
            [at for at, own in enumerate(self.header) if own.strip() and fold(own) == fold(wanted)],
        ):
            if found:
                return found[0] if len(found) == 1 else None
        letters = wanted.upper().removeprefix("COLUMN ").strip()
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            return None
        at = column_position(letters)
        return at if at < len(self.header) else None
