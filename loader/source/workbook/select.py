"""Which sheets of a workbook are read: the named one, every visible one, or the first visible."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from loader.errors import UnreadableSource
from loader.source.options import ReadOptions
from loader.source.parsed_rows import RawRow, Remark
from loader.source.workbook.book import SheetRef

MOST_SHEETS_READ: Final = 20  # of those that were not asked for: their first rows
_ROWS_READ: Final = 5

LONGEST_NAME = 255  # Excel: 31


def select_sheets(sheets: Sequence[SheetRef], options: ReadOptions) -> list[SheetRef]:
    """Return the sheets to read, or raise UnreadableSource with the names there are."""
    if not sheets:
        raise UnreadableSource(
            "the workbook has no sheet with cells; save it again with one", code="no-such-sheet"
        )
    if max(len(sheet.name) for sheet in sheets) > LONGEST_NAME:
        raise UnreadableSource(
            f"the name of a sheet has more than {LONGEST_NAME} characters; no spreadsheet program"
            " writes such a name",
            code="beyond-limits",
        )
    visible = [sheet for sheet in sheets if sheet.visible]
    if options.every_sheet:
        return visible or list(sheets)
    if not options.named_sheets:
        if not visible:
            raise UnreadableSource(
                f"every sheet is hidden; name one with --sheet: {_listed(sheets)}",
                code="no-such-sheet",
            )
        return visible[:1]
    return [_named(name, sheets) for name in options.named_sheets]


def _named(name: str, sheets: Sequence[SheetRef]) -> SheetRef:
    exact = [sheet for sheet in sheets if sheet.name == name]
    wanted = name.strip().casefold()
    near = exact or [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted]
    if len(near) != 1:
        raise UnreadableSource(
            f'there is no sheet "{name}"; the sheets are: {_listed(sheets)}', code="no-such-sheet"
        )
    return near[0]


def _listed(sheets: Sequence[SheetRef]) -> str:
    names = (f'"{s.name}"' + ("" if s.visible else " (hidden)") for s in sheets[:50])
    return ", ".join(names)


def unread_sheets(
    sheets: Sequence[SheetRef],
    selected: Sequence[SheetRef],
    options: ReadOptions,
    *,
    rows_of: Callable[[SheetRef], Iterator[RawRow]] | None = None,
) -> tuple[Remark, ...]:
    """Say which sheets are not read, unless the user named the one to read.

    `rows_of` gives the rows of a sheet, where reading its first ones is cheap.
    """
    others = [sheet for sheet in sheets if sheet not in selected]
    if not others or options.named_sheets:
        return ()
    with_headings = [
        f'"{sheet.name}"'
        for sheet in others[:MOST_SHEETS_READ]
        if rows_of is not None and sheet.visible and _has_known_headings(rows_of(sheet), options)
    ]
    cure = "name one with --sheet to read it"
    if with_headings:
        are = "has" if len(with_headings) == 1 else "have"
        cure = f"{', '.join(with_headings)} {are} columns of offers: {cure}, or '*' for every sheet"
    message = f"not read: {_listed(others)}; {cure}"
    return (Remark(code="other-sheets", message=message),)


def _has_known_headings(rows: Iterator[RawRow], options: ReadOptions) -> bool:
    looks_like_header = options.looks_like_header
    filled = (row for row in rows if not row.is_blank())
    return looks_like_header is not None and any(
        looks_like_header(row.cells) for row in islice(filled, _ROWS_READ)
    )
