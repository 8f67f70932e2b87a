"""What the user is asked about a foreign sheet, and what is assumed without an answer.

    kind        question                                      Enter and --yes take
    TWICE       several columns say the same field: which is it
    COLUMN      a heading is like a field: is it that         the likest field
    MISSING     nothing says where a needed field comes from
    VALUE       what a word of theirs means                   the word that it plainly means
    DATES       how dates are written
    ZONE        the time zone of dates

A suggestion is applied only when the user confirms it, one by one or all with --yes. What only the
user can know has no suggestion that --yes takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from typing import Final

SKIP: Final = "skip"  # what a word may mean, too: such rows are not offers


class Kind(StrEnum):
    """What a question is about."""

    TWICE = "twice"  # which of several columns a field is
    COLUMN = "column"  # which field a column is
    MISSING = "missing"  # where a field comes from
    VALUE = "value"  # what a word means
    DATES = "dates"  # how dates are written
    ZONE = "zone"  # which time zone dates are in


class Certainty(StrEnum):
    """How certain something is."""

    SURE = "sure"  # the sheet says it, or a person
    ACCEPTED = "accepted"  # a suggestion, taken by --yes
    OPEN = "open"  # not at all


_CAN_BE_ACCEPTED: Final = frozenset({Kind.COLUMN, Kind.VALUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask. It stays the same question, whatever is suggested."""

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
    """The answer to a question. An empty one means: leave it out."""

    text: str = ""
    at: int | None = None  # the column that was named
    certainty: Certainty = Certainty.SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    """What the user gave before any question: field -> column, field -> text.

    `unread` are columns that are left out, whatever their headings say.
    """

    columns: Mapping[str, int] = made(default_factory=dict)
    constants: Mapping[str, str] = made(default_factory=dict)
    unread: frozenset[int] = frozenset()
    date_format: str | None = None
    zone: str | None = None


Answers = Mapping[Question, Answer]
NOT_ASKED: Final = Answer(certainty=Certainty.OPEN)


def accept_suggestion(question: Question) -> Answer:
    """Answer as --yes does."""
    if question.can_be_accepted:
        return Answer(text=question.suggestion, certainty=Certainty.ACCEPTED)
    return NOT_ASKED


def leave_open(_doubt: Question) -> Answer:
    """Leave the question open."""
    return NOT_ASKED
