"""Which sheets of a workbook are read: the named one, every visible one, or the first visible."""

from collections.abc import Sequence

from loader.errors import UnreadableSource
from loader.source.batch import Remark
from loader.source.options import ReadOptions
from loader.source.workbook.book import SheetRef


def select_sheets(sheets: Sequence[SheetRef], options: ReadOptions) -> list[SheetRef]:
    """Return the sheets to read, or raise UnreadableSource with the names there are."""
    if not sheets:
        raise UnreadableSource(
            "the workbook has no sheet with cells; save it again with one", code="no-such-sheet"
        )
    visible = [sheet for sheet in sheets if sheet.visible]
    if options.every_sheet:
        return visible or list(sheets)
    if options.sheet is None:
        if not visible:
            raise UnreadableSource(
                f"every sheet is hidden; name one with --sheet: {_listed(sheets)}",
                code="no-such-sheet",
            )
        return visible[:1]
    exact = [sheet for sheet in sheets if sheet.name == options.sheet]
    wanted = options.sheet.strip().casefold()
    near = exact or [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted]
    if len(near) != 1:
        raise UnreadableSource(
            f'there is no sheet "{options.sheet}"; the sheets are: {_listed(sheets)}',
            code="no-such-sheet",
        )
    return near


def _listed(sheets: Sequence[SheetRef]) -> str:
    names = (f'"{s.name}"' + ("" if s.visible else " (hidden)") for s in sheets[:50])
    return ", ".join(names)


def unread_sheets(
    sheets: Sequence[SheetRef], selected: Sequence[SheetRef], options: ReadOptions
) -> tuple[Remark, ...]:
    """Say which sheets are not read, unless the user named the one to read."""
    others = [sheet for sheet in sheets if sheet not in selected]
    if not others or (options.sheet is not None and not options.every_sheet):
        return ()
    cure = "name one with --sheet to read it"
    message = f"not read: {_listed(others)}; {cure}"
    return (Remark(code="other-sheets", message=message),)
