"""From sources to checked rows: what check and load do alike.

Rules of this file: one chunk at a time; what a chunk teaches is handed on before the next is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from loader.errors import UnreadableSource
from loader.model import Notice, Payload, RowError, Severity
from loader.offer import payloads
from loader.run.lookup import Lookup
from loader.run.observer import Observer
from loader.settings import Settings
from loader.sheet.arrow import text_of
from loader.sheet.check import CheckOptions, check, wanted_by
from loader.sheet.chunk import Chunk, Table, cell_address, column_letters
from loader.sheet.columns import Columns, match_columns, recognise
from loader.sheet.dates import any_without_zone
from loader.sheet.reserved import unconfirmed
from loader.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """Some rows of one sheet: as read, what is wrong with them, and what they would send."""

    table: Table
    columns: Columns
    chunk: Chunk
    payloads: dict[int, Payload]  # by row number
    errors: dict[int, list[RowError]]  # by row number
    unsettled: frozenset[int]  # valid rows that can be sent only after a look-up

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield (row number, cells) of every row."""
        frame = self.chunk.frame
        lists = [frame[column].tolist() for column in frame.columns]
        yield from zip(frame.index.tolist(), zip(*lists, strict=True), strict=True)

    def key_cell(self, row_number: int) -> str:
        """Return the address of the cell that holds the key of a row."""
        return cell_address(self.table.sheet, row_number, self.columns.key_position)

    @property
    def key_column(self) -> str:
        """The heading of the column that holds the key."""
        return self.columns.header[self.columns.key_position]

    @property
    def invalid(self) -> int:
        """How many rows have an error."""
        return sum(
            any(error.severity is Severity.ERROR for error in errors)
            for errors in self.errors.values()
        )


def read_source(
    source: Source,
    settings: Settings,
    *,
    observer: Observer,
    notices: list[Notice],
    lookup: Lookup,
) -> Iterator[ReadChunk]:
    """Read, check and map a source; raise `SourceError` where all of it cannot be used.

    `lookup` tells what names of placements and tags mean, or leaves them for later.
    """
    rows = 0
    zone = _DefaultZone(source.path, settings)
    ids_only = settings.placements == "ids-only"
    options = CheckOptions(zone=settings.zone, dialect=settings.api, ids_only=ids_only)
    for table in source.tables():
        notices.extend(table.notices)
        if source.takes_every_sheet and not any(map(recognise, table.header)):
            notices.append(_no_offers(table))
            continue
        columns = match_columns(table.header, source=_named(table), ids_only=ids_only)
        notices.extend(_read_as(columns, source=source.path))
        for chunk in table.chunks:
            rows += len(chunk.frame)
            if not ids_only:
                known = lookup.catalogue(wanted_by(chunk, columns), source=source.path)
                options = replace(options, catalogue=known)
            notices.extend(zone.notices(chunk, columns))
            yield _checked(table, columns, chunk, settings=settings, options=options)
            observer.advance(len(chunk.frame))
    if not rows:
        raise UnreadableSource(
            f"{source.path}: no sheet has a known heading with a row below it", code="no-rows"
        )


class _DefaultZone:
    """Says once of a source that its dates have no zone, and which one nobody chose."""

    def __init__(self, source: str, settings: Settings) -> None:
        self._source = source
        self._zone = settings.zone
        self._said = settings.origin("zone") != "default"

    def notices(self, chunk: Chunk, columns: Columns) -> Iterator[Notice]:
        """Yield the notice with the first chunk that needs it."""
        fields = [field for field in ("start_date", "end_date") if field in columns.positions]
        if self._said or not any(
            any_without_zone(text_of(chunk.frame[columns.positions[field]])) for field in fields
        ):
            return
        self._said = True
        message = f"dates without an offset are taken to be in {self._zone}; --zone names another"
        yield Notice(source=self._source, code="zone-default", message=message)


def _named(table: Table) -> str:
    return f'{table.source}: sheet "{table.sheet}"' if table.sheet else table.source


def _no_offers(table: Table) -> Notice:
    message = f'the sheet "{table.sheet}" has no known heading and is not read'
    return Notice(source=table.source, code="sheet-without-offers", message=message)


def same_bytes(source: Source, seen: dict[str, str]) -> list[Notice]:
    """Say so if an earlier source of the run (`seen`: digest -> path) has the same bytes."""
    first = seen.setdefault(source.digest, source.path)
    if first == source.path:
        return []
    message = f"has the same contents as {first}: its rows are duplicates"
    return [Notice(source=source.path, code="same-contents", message=message)]


def _read_as(columns: Columns, *, source: str) -> Iterator[Notice]:
    """Say which headings were taken for a field that has another name."""
    read = [
        f'{column_letters(position)} "{columns.header[position]}" is read as {field}'
        for position, field in columns.by_synonym
    ]
    if read:
        yield Notice(source=source, code="read-as", message=f"column {'; column '.join(read)}")


def _checked(
    table: Table, columns: Columns, chunk: Chunk, *, settings: Settings, options: CheckOptions
) -> ReadChunk:
    held = unconfirmed(chunk, table.header, sheet=table.sheet)
    chunk = replace(chunk, problems=(*chunk.problems, *held))
    checked = check(chunk, columns, source=table.source, sheet=table.sheet, options=options)
    made = payloads(
        checked,
        settings.api,
        external_id_attribute=settings.external_id_attribute or "",
    )
    return ReadChunk(
        table=table,
        columns=columns,
        chunk=chunk,
        payloads={payload.row_number: payload for payload in made},
        errors=_by_row(checked.errors),
        unsettled=checked.unsettled,
    )


def _by_row(errors: Sequence[RowError]) -> dict[int, list[RowError]]:
    rows: dict[int, list[RowError]] = {}
    for error in errors:
        rows.setdefault(error.row_number, []).append(error)
    return rows
