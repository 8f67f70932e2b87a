"""The columns of a pulled sheet, and the text of its cells.

    action | our columns | id | etag

`action` says what to do with the row; `id` ties the row to its offer; `etag` is hidden. A heading
of these is ours in every sheet that is planned.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from loader.model import Notice
from loader.results.cell_text import escape_formulas, shorten, visible
from loader.tables.fold_headings import fold
from loader.validation.editing import Cells
from loader.validation.fields import ATTRIBUTE_PREFIX, Fields, numbered

ACTION: Final = "action"
ID: Final = "id"
ETAG: Final = "etag"
CONFLICT: Final = "conflict"
OURS: Final = (ACTION, ID, ETAG, CONFLICT)
BASE_SHEET: Final = "_loader"


class Action(StrEnum):
    """What a person may write into the column `action`; blank: as fits the row."""

    UPDATE = "update"
    CREATE = "create"
    ARCHIVE = "archive"
    DELETE = "delete"
    IGNORE = "ignore"


def columns_needed(rows: Iterable[Cells], fields: Fields, *, unsent: Sequence[str]) -> list[str]:
    """Return the columns that the rows need, in the order of the fields; `unsent`: left out."""
    groups, attributes = 1, set[str]()
    for cells in rows:
        attributes |= {name for name in cells if name.startswith(ATTRIBUTE_PREFIX)}
        while numbered(fields.group, groups + 1) in cells:
            groups += 1
    single = [name for name in fields.columns if name not in unsent]
    repeated = [name for name in single if name in fields.repeated]
    first = [name for name in single if name in repeated or _is_before_group(name, fields)]
    more = [numbered(name, n) for n in range(2, groups + 1) for name in repeated]
    last = [name for name in single if name not in first]
    return [*first, *more, *last, *sorted(attributes)]


def _is_before_group(name: str, fields: Fields) -> bool:
    names = list(fields.columns)
    return bool(fields.group) and names.index(name) < names.index(fields.group)


def cell_text(text: str, suffix: str) -> str:
    """Return a text as a file with this suffix can carry it. The same text gives the same cell."""
    match suffix:
        case ".xlsx":
            return shorten(visible(text))
        case ".csv":
            return escape_formulas(visible(text))
    return text


def is_pulled(header: Sequence[str]) -> bool:
    """Return whether a header is one of a sheet that a pull wrote."""
    return {ACTION, ID, ETAG} <= {fold(heading) for heading in header}


def is_about_pull_columns(notice: Notice) -> bool:
    """Return whether a notice is only about what a pull put into the sheet."""
    says = {
        "other-sheets": f'"{BASE_SHEET}" (hidden)',
        "hidden-columns": f"({ETAG})",
        "columns-ignored": "",
    }
    about = says.get(notice.code)
    return about is not None and about in notice.message and notice.message.count("(") <= 1


def suffix_of(path: Path) -> str:
    """Return the suffix of a sheet's name in lower case: it says how the sheet is written."""
    return path.suffix.lower()
