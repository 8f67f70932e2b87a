"""What a page shows of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Only(StrEnum):
    """Which rows are shown."""

    ALL = ""
    WRONG = "wrong"
    WARNED = "warned"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows of a sheet are shown. `code`, `value` and `position` are those of a group."""

    sheet_id: int
    only: Only = Only.ALL
    code: str = ""
    position: int | None = None
    value: str | None = None
    text: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every row is shown."""
        return not (self.only or self.code or self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What cell is looked for among the rows that are shown, and after which one.

    The next that holds `text`, or where there is none, the next that is wrong. `kept` is the name
    of the list that is shown.
    """

    shown: Filter
    kept: str = ""
    row_id: int = 0
    position: int = -1
    backwards: bool = False
    text: str = ""
    errors_only: bool = True  # not cells with warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a cell; with the whole row at the position -1.

    `offers` are texts of which one was probably meant.
    """

    position: int
    is_error: bool
    code: str
    message: str
    suggestion: str
    offers: tuple[str, ...] = ()
    can_confirm: bool = False  # a person may say that the cells of the row are in their places


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row. `was` holds the texts of the file at the positions that are edited."""

    row_id: int
    number: int
    cells: Sequence[str]
    was: dict[str, str] = field(default_factory=dict)
    is_blank: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell that was looked for: where it is among the rows that are shown."""

    sheet_id: int
    at: int
    row_id: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some rows of those that a filter lets through; `total` is the number of all of them.

    `list` is the name of the list in which they have their places; "" where all rows are shown.
    """

    revision: int
    list: str
    start: int
    total: int
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownColumn:
    """A column. `field` is "" where it is not read; `names` says which names of the target fit."""

    heading: str
    letters: str
    field: str = ""
    expected: str = ""
    is_required: bool = False
    words: tuple[str, ...] = ()
    names: str = ""  # "placements", "tags" or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSheet:
    """A sheet of the draft; `first` is the id of its first row, and the others follow.

    `is_matched`: every heading is known, and what every row needs is there.
    """

    sheet_id: int
    name: str
    first: int
    rows: int
    wrong: int
    columns: tuple[ShownColumn, ...]
    is_matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """The state of a draft.

    `trouble` is why the file cannot be read at all; `headings` is what is wrong with the columns,
    which must be matched before anything can be checked.
    """

    draft_id: str
    label: str
    revision: int
    is_read: bool
    is_checked: bool  # every row, and all of them compared
    rows: int
    checked: int
    wrong_rows: int
    errors: int
    warnings: int
    edited: int  # cells
    undo: str  # the step of this person that can be undone, in words; "" for none
    redo: str
    trouble: str
    headings: str
    columns: str  # "recognised" by the headings, "said" by the person; "" where all are ours
    held: str  # why nothing can be edited now
    notices: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The same thing wrong with many cells of a column that hold the same text.

    `offers` are texts of which one was probably meant. `is_cut`: `value` is the start of a long
    text, so the cells may differ; they are changed one by one.
    """

    sheet_id: int
    position: int
    column: str
    code: str
    value: str
    is_error: bool
    message: str
    suggestion: str
    offers: tuple[str, ...]
    cells: int
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an edit did. `rows` are the changed ones, as they are now, if they are few.

    `others` says that rows changed that are not among them.
    """

    words: str
    revision: int
    cells: int = 0
    rows: tuple[ShownRow, ...] = ()
    others: bool = False
