"""Use case: read and validate sources. Nothing is sent, nothing is journaled."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

from loader.error_digest import ErrorDigest
from loader.errors import ExitCode
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.model import FoundError, Notice
from loader.run.annotating import Annotations
from loader.run.column_profile import column_profile
from loader.run.lookup import DeferredLookup, Lookup, TargetLookup
from loader.run.notices import too_many
from loader.run.read_chunk import ReadChunk
from loader.run.reading import read_source, same_bytes
from loader.run.repeated_keys import Repeated, RepeatedKeys
from loader.run.reports import (
    CheckedSheet,
    CheckReport,
    Findings,
    SheetPreview,
    ShownPayload,
)
from loader.run.requests import CheckRequest
from loader.run.wiring import entity_or_offer, opened_target, read_options
from loader.settings import Settings
from loader.source import NamedFiles, Source, named_files, open_source


def check_files(
    request: CheckRequest,
    settings: Settings,
    *,
    listener: Listener,
) -> CheckReport:
    """Read and validate every source; every error of every row is counted, and emitted."""
    digest = ErrorDigest(most_first=request.max_errors_shown)
    notices: list[Notice] = []
    sheets: dict[tuple[str, str], CheckedSheet] = {}
    preview = Preview(settings.profile_file is not None)
    shown: list[ShownPayload] = []
    named = named_files(request.sources)
    notices += named.notices
    annotations = Annotations(request, named.paths, listener=listener)
    parts = _Parts(request, settings, listener=listener, notices=notices)
    for part in parts.of(named, annotations):
        digest.add(_told(part, listener))
        key = (part.source, part.sheet)
        if isinstance(part, Repeated):
            sheets[key] = replace(sheets[key], invalid=sheets[key].invalid + part.invalid)
            continue
        sheets[key] = _counted(part, sheets.get(key))
        preview.see(part)
        shown += _shown(part, request.show_payload)
    listener(PhaseEnded())
    notices += annotations.notices()
    offers = sum(sheet.offers for sheet in sheets.values())
    notices += too_many(entity_or_offer(request.entity), offers, what=_listed(named.paths))
    bad = sum(sheet.invalid for sheet in sheets.values())
    absent = sorted({*request.show_payload} - {payload.row_number for payload in shown})
    code = ExitCode.USAGE if absent else ExitCode.ROWS_FAILED if bad else ExitCode.OK
    return CheckReport(
        sheets=tuple(sheets.values()),
        findings=Findings.of(digest, notices=notices),
        payloads=tuple(shown),
        no_such_rows=tuple(absent),
        previews=preview.sheets(),
        annotated=annotations.paths(),
        exit_code=code,
    )


def _told(part: ReadChunk | Repeated, listener: Listener) -> Iterator[FoundError]:
    """Yield every error of some rows; the listener hears of it too."""
    for errors in part.errors.values():
        for error in errors:
            found = FoundError(source=part.source, error=error)
            listener(found)
            yield found


def _listed(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} files"


def _counted(part: ReadChunk, before: CheckedSheet | None) -> CheckedSheet:
    """Return the totals of a sheet with one more chunk."""
    total = before or CheckedSheet(
        source=part.table.source, sheet=part.table.sheet, read=0, invalid=0
    )
    return replace(
        total,
        read=total.read + len(part.chunk.frame),
        invalid=total.invalid + part.invalid,
        skipped=total.skipped + len(part.skipped),
        parts=total.parts + len(part.part_of),
    )


class _Parts:
    """The chunks of every source, one after the other."""

    def __init__(
        self,
        request: CheckRequest,
        settings: Settings,
        *,
        listener: Listener,
        notices: list[Notice],
    ) -> None:
        self._request = request
        self._settings = settings
        self._entity = entity_or_offer(request.entity)
        self._profile = column_profile(
            settings, self._entity.fields, ignored=request.ignored_columns
        )
        self._listener = listener
        self._notices = notices

    def of(self, named: NamedFiles, annotations: Annotations) -> Iterator[ReadChunk | Repeated]:
        """Yield what the sources hold; what is wrong is marked in their copies."""
        seen: dict[str, str] = {}
        options = read_options(self._request.reading, self._profile, self._entity.fields)
        with self._lookup() as lookup, closing(RepeatedKeys()) as keys:
            for given, path in zip(named.given, named.paths, strict=True):
                self._listener(PhaseBegan(name=f"checking {path}"))
                with (
                    open_source(given, options, edits=self._request.edits) as source,
                    annotations.of(source) as marks,
                ):
                    self._notices += same_bytes(source, seen)
                    for part in self._read(source, lookup):
                        marks.add(part.sheet, part.errors.values())
                        keys.see(part)
                        yield part
                    for repeated in keys.of_source(source.path):
                        marks.add(repeated.sheet, repeated.errors.values())
                        yield repeated

    def _read(self, source: Source, lookup: Lookup) -> Iterator[ReadChunk]:
        return read_source(
            source,
            self._settings,
            self._entity,
            profile=self._profile,
            listener=self._listener,
            notices=self._notices,
            lookup=lookup,
        )

    @contextmanager
    def _lookup(self) -> Iterator[Lookup]:
        if not (self._request.online or self._request.sandbox):
            yield DeferredLookup(self._notices)
            return
        with opened_target(self._settings, self._entity, sandbox=self._request.sandbox) as target:
            yield TargetLookup(target, listener=self._listener, notices=self._notices)


def _shown(part: ReadChunk, wanted: tuple[int, ...]) -> Iterable[ShownPayload]:
    here = [number for number in wanted if number in part.chunk.frame.index]
    payloads = part.payloads() if here else {}
    for number in here:
        first = part.part_of.get(number, number)
        payload = payloads.get(first)
        yield ShownPayload(
            source=part.table.source,
            sheet=part.table.sheet,
            row_number=number,
            body=payload.body if payload else None,
            unsettled=first in part.checked.unsettled,
            skipped=number in part.skipped,
        )


# The first rows of each sheet as a mapping makes them.


MOST_ROWS = 5


class Preview:
    """Keeps the first rows of each sheet that is read through a profile file."""

    def __init__(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing there is to say
        self._is_wanted = is_wanted
        self._sheets: dict[tuple[str, str], SheetPreview] = {}

    def see(self, part: ReadChunk) -> None:
        """Keep the first rows of a sheet that is new."""
        key = (part.table.source, part.table.sheet)
        if self._is_wanted and part.bound is not None and key not in self._sheets:
            self._sheets[key] = _preview(part)

    def sheets(self) -> tuple[SheetPreview, ...]:
        """Return one preview for each sheet."""
        return tuple(self._sheets.values())


def _preview(part: ReadChunk) -> SheetPreview:
    frame = part.mapped.frame.head(MOST_ROWS)
    positions = {
        field: at
        for field, at in part.columns.positions.items()
        if (part.columns.fields.group_of(field) or 1) == 1 or (frame[at] != "").any()
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
