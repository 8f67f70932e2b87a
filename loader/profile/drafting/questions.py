"""What a person must say of a foreign sheet, and what is taken for granted before it is said.

    doubt       may be asked      Enter and --yes take
    TWICE       several columns say the same field: which is it
    COLUMN      a heading is like a field: is it that         the likest field
    MISSING     nothing says where a needed field comes from
    VALUE       what a word of theirs means                   the word that it plainly means
    DATES       how dates are written
    ZONE        the time zone of dates

Rules of this file: values only. A suggestion is never applied by itself: a person says yes to each,
or to all with --yes; what only a person can know has no suggestion that --yes takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from typing import Final

SKIP: Final = "skip"  # what a word may mean, too: such rows are not offers


class Kind(StrEnum):
    """What is in doubt."""

    TWICE = "twice"  # which of several columns a field is
    COLUMN = "column"  # which field a column is
    MISSING = "missing"  # where a field comes from
    VALUE = "value"  # what a word means
    DATES = "dates"  # how dates are written
    ZONE = "zone"  # which time zone dates are in


class How(StrEnum):
    """How something came to be decided."""

    SURE = "sure"  # the sheet says it, or a person
    ACCEPTED = "accepted"  # a suggestion, taken by --yes
    OPEN = "open"  # not at all


_CAN_BE_ACCEPTED: Final = frozenset({Kind.COLUMN, Kind.VALUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing to ask. It stays the same doubt, whatever is suggested."""

    kind: Kind
    field: str = ""
    places: tuple[int, ...] = ()  # of the columns that it is about
    text: str = ""  # the cell that it is about
    choices: tuple[str, ...] = ()
    suggestion: str = made(default="", compare=False)

    @property
    def can_be_accepted(self) -> bool:
        """Whether --yes takes the suggestion."""
        return bool(self.suggestion) and self.kind in _CAN_BE_ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was said to a doubt. Nothing at all means that it is left out."""

    text: str = ""
    at: int | None = None  # the column that was named
    how: How = How.SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person said before anything was asked: field -> column, field -> text."""

    columns: Mapping[str, int] = made(default_factory=dict)
    constants: Mapping[str, str] = made(default_factory=dict)
    date_format: str | None = None
    zone: str | None = None


Answers = Mapping[Doubt, Answer]
NOT_ASKED: Final = Answer(how=How.OPEN)


def accepted(doubt: Doubt) -> Answer:
    """Answer as --yes does."""
    if doubt.can_be_accepted:
        return Answer(text=doubt.suggestion, how=How.ACCEPTED)
    return NOT_ASKED


def unanswered(_doubt: Doubt) -> Answer:
    """Answer as nobody does."""
    return NOT_ASKED
