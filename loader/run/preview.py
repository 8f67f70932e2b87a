"""The first rows of each sheet as a column profile makes them."""

from loader.run.reading import ReadChunk
from loader.run.reports import SheetPreview
from loader.sheet.columns import representation_of

MOST_ROWS = 5


class Preview:
    """Keeps the first rows of each sheet that is read through a profile file."""

    def __init__(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing there is to say
        self._is_wanted = is_wanted
        self._sheets: dict[tuple[str, str], SheetPreview] = {}

    def see(self, part: ReadChunk) -> None:
        """Keep the first rows of a sheet that is new."""
        key = (part.table.source, part.table.sheet)
        if self._is_wanted and part.view is not None and key not in self._sheets:
            self._sheets[key] = _preview(part)

    def sheets(self) -> tuple[SheetPreview, ...]:
        """Return one preview for each sheet."""
        return tuple(self._sheets.values())


def _preview(part: ReadChunk) -> SheetPreview:
    frame = part.mapped.frame.head(MOST_ROWS)
    positions = {
        field: at
        for field, at in part.columns.positions.items()
        if (representation_of(field) or 1) == 1 or (frame[at] != "").any()
    }
    return SheetPreview(
        source=part.table.source,
        sheet=part.table.sheet,
        fields=tuple(positions),
        origins=tuple(
            part.columns.header[at] if part.is_of_sheet(at) else "" for at in positions.values()
        ),
        rows=tuple(
            (int(number), tuple(str(frame.at[number, at]) for at in positions.values()))
            for number in frame.index
        ),
    )
