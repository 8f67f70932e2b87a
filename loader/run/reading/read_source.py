"""Read a source into checked rows, one chunk at a time; `check` and `load` share this."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Protocol

from loader.errors import UnreadableSource, WrongColumns
from loader.events import Limited, Listener, RowsDone
from loader.model import Dialect, Notice, RowError
from loader.profile.apply import Mapped, apply, relocate_errors
from loader.profile.bind import BoundProfile, bind
from loader.profile.long_form.groups import whole_groups
from loader.profile.long_form.pivot import Wide, pivot_groups
from loader.profile.long_form.pivot import relocate_errors as relocated_parts
from loader.profile.long_form.split_keys import SplitKeys
from loader.profile.model import Profile
from loader.pulled.layout import is_about_pull_columns, is_pulled
from loader.results.columns import is_results
from loader.run.reading.lookup import Lookup
from loader.run.reading.notices import DEFAULT_ZONE, NoticeCollector, RowsSeen
from loader.run.reading.read_chunk import ReadChunk
from loader.run.wiring import SystemClock
from loader.tables.chunk import Chunk, Table, without_rows
from loader.tables.fold_headings import fold
from loader.validation.check import CheckOptions, check, prepare
from loader.validation.entity import Entity, RowRules
from loader.validation.fields import Fields
from loader.validation.header import Columns, match_columns
from loader.validation.payloads import document_of, payloads
from loader.validation.references import Needed
from loader.validation.repair_column import unconfirmed


class Tables(Protocol):
    """What is read: a file, or rows that were read of one before."""

    @property
    def path(self) -> str:
        """What the user calls it."""

    @property
    def takes_every_sheet(self) -> bool:
        """Whether every visible sheet was asked for."""

    def tables(self) -> Iterator[Table]:
        """Yield every table, as often as it is asked."""


class ReadingSettings(Protocol):
    """What reading needs of the settings: nothing secret."""

    @property
    def api(self) -> Dialect: ...
    @property
    def placements(self) -> str: ...
    @property
    def end_dates(self) -> str: ...
    @property
    def external_id_attribute(self) -> str | None: ...


def read_source(
    source: Tables,
    settings: ReadingSettings,
    entity: Entity,
    *,
    profile: Profile,
    listener: Listener,
    notices: list[Notice],
    lookup: Lookup,
    reserved: Collection[str] = (),
    seen_of_range: RowsSeen | None = None,
    now: float | None = None,
) -> Iterator[ReadChunk]:
    """Read, check and map a source; raise `SourceError` where all of it cannot be used.

    `lookup` returns what names of placements and tags mean, or leaves them for later; columns with
    `reserved` headings (folded) are the caller's. Where the source is a range of a file, the
    notices about all rows are left to whoever joins the ranges, from `seen_of_range`.
    `now`: None asks the clock.
    """
    rows = 0
    ids_only = settings.placements == "ids-only"
    rules = row_rules(settings, profile, now=SystemClock().now() if now is None else now)
    options = CheckOptions(entity=entity, rules=rules, dialect=settings.api)
    collector = NoticeCollector(source.path, profile, entity, dialect=settings.api, rules=rules)
    with _split_keys(source, profile, entity, ids_only=ids_only, listener=listener) as split_keys:
        for table, bound in _tables(
            source, profile, entity, ids_only=ids_only, notices=notices, reserved=reserved
        ):
            columns = _columns(table, bound, entity, ids_only=ids_only, reserved=reserved)
            notices.extend(collector.column_notices(columns, bound))
            for seen in _mapped_chunks(table, bound, columns, split_keys):
                rows += len(seen.chunk.frame)
                collector.add_chunk(seen.mapped.chunk, seen.columns, seen.mapped.skipped)
                yield _check_chunk(seen, settings=settings, options=options, lookup=lookup)
                listener(RowsDone(count=len(seen.chunk.frame)))
    if seen_of_range is not None:
        seen_of_range.add(collector.seen)
        return
    notices.extend(collector.row_notices())
    if not rows:
        raise UnreadableSource(
            f"{source.path}: no sheet has a known heading with a row below it", code="no-rows"
        )


def row_rules(settings: ReadingSettings, profile: Profile, *, now: float) -> RowRules:
    """Return how rows are judged."""
    return RowRules(
        zone=profile.zone or DEFAULT_ZONE,
        ids_only=settings.placements == "ids-only",
        end_of_day=settings.end_dates == "end-of-day",
        now=now,
        external_id_attribute=settings.external_id_attribute or "",
    )


def _tables(
    source: Tables,
    profile: Profile,
    entity: Entity,
    *,
    ids_only: bool,
    notices: list[Notice],
    reserved: Collection[str] = (),
) -> Iterator[tuple[Table, BoundProfile | None]]:
    """Yield the sheets that have offers, and how the profile sees them."""
    plain = profile
    for table in source.tables():
        ignored = [heading for heading in table.header if fold(heading) in reserved]
        profile = plain.model_copy(update={"ignore": (*plain.ignore, *ignored)})
        notices.extend(table.notices)
        if source.takes_every_sheet and not has_offers(table, profile, entity.fields):
            notices.append(no_offers(table))
            continue
        _refuse_ours(table, profile)
        bound = None
        if not profile.is_empty:
            with _with_notices(table):
                bound = bind(
                    profile,
                    table.header,
                    entity.fields,
                    source=_label(table),
                    ids_only=ids_only,
                    callers=tuple(reserved),
                )
        yield table, bound


def _columns(
    table: Table,
    bound: BoundProfile | None,
    entity: Entity,
    *,
    ids_only: bool,
    reserved: Collection[str],
) -> Columns:
    if bound is not None:
        return bound.columns
    source, callers = _label(table), tuple(reserved)
    with _with_notices(table):
        return match_columns(
            table.header, entity.fields, source=source, ids_only=ids_only, callers=callers
        )


def _refuse_ours(table: Table, profile: Profile) -> None:
    """Raise `WrongColumns` for what the loader wrote about offers that exist.

    Somebody who names its columns in a mapping, or ignores them by name, means the rows themselves.
    """
    named = {fold(heading) for heading in profile.headings}
    unnamed = replace(table, header=tuple(each for each in table.header if fold(each) not in named))
    refuse_results(unnamed)
    if is_pulled(unnamed.header):
        raise WrongColumns(
            f"{_label(table)}: `loader pull` wrote this sheet, and its rows are offers that exist;"
            " `loader plan FILE` shows what its edits would change, and `loader"
            " apply FILE` changes that",
            code="pulled-not-new",
        )


def refuse_results(table: Table) -> None:
    """Raise `WrongColumns` for what the loader wrote about an earlier load."""
    if is_results(table.header):
        raise WrongColumns(
            f"{_label(table)}: these are results that the loader wrote, not offers: load the file"
            " that they are about again, or only its rows to fix, which `loader results RUN"
            " --failed-only` writes (`loader runs` lists the runs)",
            code="results-not-offers",
        )


@contextmanager
def _with_notices(table: Table) -> Iterator[None]:
    """Add the notices of a table below what is wrong with its columns: they may be the reason."""
    try:
        yield
    except WrongColumns as error:
        first, *rest = str(error).split("\n")
        faults = [*takewhile(lambda line: line.startswith("  "), rest)]
        notices = (each for each in table.notices if not is_about_pull_columns(each))
        notes = (f"  note: {notice.message}" for notice in notices)
        raise WrongColumns("\n".join((first, *faults, *notes, *rest[len(faults) :]))) from error


@contextmanager
def _split_keys(
    source: Tables, profile: Profile, entity: Entity, *, ids_only: bool, listener: Listener
) -> Iterator[SplitKeys | None]:
    """Yield the keys that come back below other rows; None where each row is an offer."""
    if not profile.is_long:
        yield None
        return
    with closing(SplitKeys()) as split_keys:
        listener(Limited(by="looking for keys that come back"))
        for table, bound in _tables(source, profile, entity, ids_only=ids_only, notices=[]):
            assert bound is not None  # noqa: S101 - a profile of the long form is not empty
            for _, groups in whole_groups(bound, _with_unconfirmed(table)):
                split_keys.add(table.sheet, groups)
            split_keys.end_of_sheet()
        listener(Limited(by=""))
        yield split_keys


def _mapped_chunks(
    table: Table, bound: BoundProfile | None, columns: Columns, split_keys: SplitKeys | None
) -> Iterator["_MappedChunk"]:
    """Yield the chunks of a table with their cells in our columns."""
    sheet = table.sheet
    chunks = _with_unconfirmed(table)
    if bound is None or split_keys is None:
        for chunk in chunks:
            mapped = apply(bound, chunk, sheet=sheet) if bound else Mapped(chunk=chunk)
            yield _MappedChunk(
                table=table, columns=columns, bound=bound, chunk=chunk, mapped=mapped
            )
        return
    for chunk, groups in whole_groups(bound, chunks):
        wide = pivot_groups(
            bound, chunk, groups, sheet=sheet, split_keys=split_keys.of(sheet, groups)
        )
        mapped = Mapped(chunk=wide.chunk, skipped=wide.skipped)
        yield _MappedChunk(
            table=table, columns=wide.columns, bound=bound, chunk=chunk, mapped=mapped, wide=wide
        )


def _with_unconfirmed(table: Table) -> Iterator[Chunk]:
    """Yield the rows of a table, with an error for each that was to be confirmed and was not."""
    for chunk in table.chunks:
        held = unconfirmed(chunk, table.header, sheet=table.sheet)
        yield replace(chunk, problems=(*chunk.problems, *held))


def _label(table: Table) -> str:
    return f'{table.source}: sheet "{table.sheet}"' if table.sheet else table.source


def has_offers(table: Table, profile: Profile, fields: Fields) -> bool:
    """Return whether a sheet has a heading that is known by itself or by the profile."""
    known = profile.headings
    return any(fields.recognise(heading) or heading in known for heading in table.header)


def no_offers(table: Table) -> Notice:
    """Return the notice of a sheet that is not read."""
    message = f'the sheet "{table.sheet}" has no known heading and is not read'
    return Notice(source=table.source, code="sheet-without-offers", message=message)


def same_bytes_notices(path: str, digest: str, seen: dict[str, str]) -> list[Notice]:
    """Return a notice if an earlier source (`seen`: digest -> path) has the same bytes."""
    first = seen.setdefault(digest, path)
    if first == path:
        return []
    message = f"has the same contents as {first}: its rows are duplicates"
    return [Notice(source=path, code="same-contents", message=message)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _MappedChunk:
    """A chunk, and its cells in our columns."""

    table: Table
    columns: Columns
    bound: BoundProfile | None
    chunk: Chunk
    mapped: Mapped
    wide: Wide | None = None

    def relocated(self, errors: Sequence[RowError]) -> Sequence[RowError]:
        """Return what a check found with addresses of the sheet."""
        if self.wide is not None:
            return relocated_parts(self.wide, errors)
        return relocate_errors(self.bound, errors, self.mapped.chunk, sheet=self.table.sheet)


def _check_chunk(
    seen: _MappedChunk, *, settings: ReadingSettings, options: CheckOptions, lookup: Lookup
) -> ReadChunk:
    table, mapped, columns = seen.table, seen.mapped, seen.columns
    prepared = prepare(mapped.chunk, columns)
    if not options.ids_only:
        refers = options.entity.references
        needed = refers.needed(prepared, columns) if refers else Needed()
        known = lookup.catalogue(needed, source=table.source)
        options = replace(options, catalogue=known)
    checked = check(
        mapped.chunk, columns=columns, sheet=table.sheet, options=options, prepared=prepared
    )
    return ReadChunk(
        table=table,
        columns=columns,
        chunk=seen.chunk,
        mapped=mapped.chunk,
        skipped=mapped.skipped,
        bound=seen.bound,
        checked=checked,
        make_payloads=partial(
            payloads,
            checked,
            settings.api,
            external_id_attribute=settings.external_id_attribute or "",
        ),
        errors=_by_row(seen.relocated(checked.errors)),
        document_of=partial(document_of, checked, dialect=settings.api),
        check_again=partial(_check_again, replace(seen, table=without_rows(table)), options),
        wide=seen.wide,
    )


def _check_again(seen: _MappedChunk, options: CheckOptions, chunk: Chunk) -> Sequence[RowError]:
    """Check rows with other cells in our columns."""
    found = check(chunk, columns=seen.columns, sheet=seen.table.sheet, options=options)
    return seen.relocated(found.errors)


def _by_row(errors: Sequence[RowError]) -> dict[int, list[RowError]]:
    rows: dict[int, list[RowError]] = {}
    for error in errors:
        rows.setdefault(error.row_number, []).append(error)
    return rows
