"""Which rows of a sheet have which ids, wherever in the sheet they are.

The sheet is read once more for it, and only where a row without an id is about an offer that is
there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from loader.pulled.layout import ID
from loader.run.reading.read_source import Tables
from loader.tables.fold_headings import fold


@dataclass(slots=True, kw_only=True)
class IdsOfSheet:
    """The first row of each id. Memory grows with the ids of the sheet, no more."""

    source: Tables
    _rows: dict[str, int] | None = field(default=None, init=False)

    def row_of(self, remote_id: str) -> int | None:
        """Return the number of the row that has an id; None where no row has it."""
        if self._rows is None:
            self._rows = {}
            for each, row_number in self._read():
                self._rows.setdefault(each, row_number)
        return self._rows.get(remote_id)

    def _read(self) -> Iterator[tuple[str, int]]:
        for table in self.source.tables():
            for at in [at for at, heading in enumerate(table.header) if fold(heading) == ID]:
                for chunk in table.chunks:
                    cells = chunk.frame[at].str.strip()
                    ids = cells[cells != ""]
                    yield from zip(ids.tolist(), map(int, ids.index), strict=True)
