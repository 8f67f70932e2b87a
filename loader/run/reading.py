"""From sources to checked rows: what check and load do alike.

Rules of this file: one chunk at a time; what a chunk teaches is handed on before the next is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from loader.errors import UnreadableSource
from loader.model import Notice, Payload, RowError, Severity
from loader.offer import payloads
from loader.profile.apply import Mapped, apply, relocated
from loader.profile.bind import View, bind
from loader.profile.model import Profile
from loader.run.lookup import Lookup
from loader.run.observer import Observer
from loader.run.remarks import DEFAULT_ZONE, Remarks
from loader.settings import Settings
from loader.sheet.check import CheckOptions, check, wanted_by
from loader.sheet.chunk import Chunk, Table, cell_address
from loader.sheet.columns import Columns, match_columns, recognise
from loader.sheet.reserved import unconfirmed
from loader.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """Some rows of one sheet: as read, what is wrong with them, and what they would send."""

    table: Table
    columns: Columns  # of `mapped`
    chunk: Chunk
    mapped: Chunk  # the same rows in our columns, but for `skipped`
    skipped: frozenset[int]  # row numbers
    view: View | None  # None: the sheet has our columns already
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
        position = self.columns.key_position
        if self.view is not None:
            origins = self.view.origins[position]
            if not origins:
                return ""
            position = origins[0]
        return cell_address(self.table.sheet, row_number, position)

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
    profile: Profile,
    observer: Observer,
    notices: list[Notice],
    lookup: Lookup,
) -> Iterator[ReadChunk]:
    """Read, check and map a source; raise `SourceError` where all of it cannot be used.

    `lookup` tells what names of placements and tags mean, or leaves them for later.
    """
    rows = 0
    ids_only = settings.placements == "ids-only"
    options = CheckOptions(
        zone=profile.zone or DEFAULT_ZONE, dialect=settings.api, ids_only=ids_only
    )
    remarks = Remarks(source.path, profile)
    for table in source.tables():
        notices.extend(table.notices)
        if source.takes_every_sheet and not _has_offers(table, profile):
            notices.append(_no_offers(table))
            continue
        name = _named(table)
        view = (
            None
            if profile.is_empty
            else bind(profile, table.header, source=name, ids_only=ids_only)
        )
        columns = (
            view.columns if view else match_columns(table.header, source=name, ids_only=ids_only)
        )
        notices.extend(remarks.of_columns(columns, view))
        for chunk in table.chunks:
            rows += len(chunk.frame)
            held = unconfirmed(chunk, table.header, sheet=table.sheet)
            chunk = replace(chunk, problems=(*chunk.problems, *held))  # noqa: PLW2901 - the same rows
            mapped = apply(view, chunk, sheet=table.sheet) if view else Mapped(chunk=chunk)
            if not ids_only:
                known = lookup.catalogue(wanted_by(mapped.chunk, columns), source=source.path)
                options = replace(options, catalogue=known)
            remarks.see(mapped.chunk, columns, mapped.skipped)
            seen = _Seen(table=table, columns=columns, view=view, chunk=chunk, mapped=mapped)
            yield _checked(seen, settings=settings, options=options)
            observer.advance(len(chunk.frame))
    notices.extend(remarks.of_rows())
    if not rows:
        raise UnreadableSource(
            f"{source.path}: no sheet has a known heading with a row below it", code="no-rows"
        )


def _named(table: Table) -> str:
    return f'{table.source}: sheet "{table.sheet}"' if table.sheet else table.source


def _has_offers(table: Table, profile: Profile) -> bool:
    return any(recognise(heading) or heading in profile.headings for heading in table.header)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A chunk and what it looks like in our columns."""

    table: Table
    columns: Columns
    view: View | None
    chunk: Chunk
    mapped: Mapped


def _checked(seen: _Seen, *, settings: Settings, options: CheckOptions) -> ReadChunk:
    table, mapped, sheet = seen.table, seen.mapped, seen.table.sheet
    checked = check(mapped.chunk, seen.columns, source=table.source, sheet=sheet, options=options)
    made = payloads(
        checked,
        settings.api,
        external_id_attribute=settings.external_id_attribute or "",
    )
    return ReadChunk(
        table=table,
        columns=seen.columns,
        chunk=seen.chunk,
        mapped=mapped.chunk,
        skipped=mapped.skipped,
        view=seen.view,
        payloads={payload.row_number: payload for payload in made},
        errors=_by_row(relocated(seen.view, checked.errors, mapped.chunk, sheet=sheet)),
        unsettled=checked.unsettled,
    )


def _by_row(errors: Sequence[RowError]) -> dict[int, list[RowError]]:
    rows: dict[int, list[RowError]] = {}
    for error in errors:
        rows.setdefault(error.row_number, []).append(error)
    return rows
