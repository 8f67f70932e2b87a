"""Use case: read and validate sources. Nothing is sent, nothing is journaled.

The files are read here, or by the workers of a cluster (`check_on_cluster`); what comes of it is
the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Protocol

from loader.error_digest import ErrorDigest
from loader.errors import ExitCode
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.model import FoundError, Notice
from loader.run.check.annotated_copies import Annotations
from loader.run.mapping.column_profile import column_profile
from loader.run.reading.checked_part import CheckedPart, PartMaker
from loader.run.reading.lookup import DeferredLookup, LazyNames, Lookup, TargetLookup
from loader.run.reading.notices import sandbox_limit_notices
from loader.run.reading.read_source import read_source, same_bytes_notices
from loader.run.reading.repeated_keys import RepeatedKeys
from loader.run.reports import CheckedSheet, CheckReport, Findings, SheetPreview, ShownPayload
from loader.run.requests import CheckRequest
from loader.run.wiring import entity_or_offer, open_target, read_options
from loader.settings import Settings
from loader.source import NamedFiles, Source, named_files, open_source


class PartReader(Protocol):
    """Reads sources, here or elsewhere."""

    def read(self, named: NamedFiles, annotations: Annotations) -> Iterator[CheckedPart]:
        """Yield what the sources hold, in order; what is wrong is marked in their copies."""


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
    previews: list[SheetPreview] = []
    shown: list[ShownPayload] = []
    named = named_files(request.sources)
    notices += named.notices
    annotations = Annotations(request, named.paths, listener=listener)
    reader = _reader(request, settings, listener=listener, notices=notices)
    for part in reader.read(named, annotations):
        digest.add(_report_errors(part, listener))
        key = (part.source, part.sheet)
        sheets[key] = _add_to_totals(part, sheets.get(key))
        previews += [part.preview] if part.preview else []
        shown += part.shown
    listener(PhaseEnded())
    notices += annotations.notices()
    offers = sum(sheet.offers for sheet in sheets.values())
    notices += sandbox_limit_notices(
        entity_or_offer(request.entity), offers, what=_label(named.paths)
    )
    bad = sum(sheet.invalid for sheet in sheets.values())
    absent = sorted({*request.show_payload} - {payload.row_number for payload in shown})
    code = ExitCode.USAGE if absent else ExitCode.ROWS_FAILED if bad else ExitCode.OK
    return CheckReport(
        sheets=tuple(sheets.values()),
        findings=Findings.of(digest, notices=notices),
        payloads=tuple(shown),
        no_such_rows=tuple(absent),
        previews=tuple(previews),
        annotated=annotations.paths(),
        exit_code=code,
    )


def _reader(
    request: CheckRequest, settings: Settings, *, listener: Listener, notices: list[Notice]
) -> PartReader:
    if not request.cluster:
        return _LocalReader(request, settings, listener=listener, notices=notices)
    from loader.run.check.check_on_cluster import ClusterReader  # noqa: PLC0415 - an extra

    return ClusterReader(request, settings, listener=listener, notices=notices)


def _report_errors(part: CheckedPart, listener: Listener) -> Iterator[FoundError]:
    """Yield every error of some rows, and report it to the listener."""
    for errors in part.errors.values():
        for error in errors:
            found = FoundError(source=part.source, error=error)
            listener(found)
            yield found


def _label(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} files"


def _add_to_totals(part: CheckedPart, before: CheckedSheet | None) -> CheckedSheet:
    """Return the totals of a sheet with some more rows."""
    total = before or CheckedSheet(source=part.source, sheet=part.sheet, read=0, invalid=0)
    return replace(
        total,
        read=total.read + part.read,
        invalid=total.invalid + part.invalid,
        skipped=total.skipped + part.skipped,
        parts=total.parts + part.parts,
    )


def _already_open(source: Source) -> AbstractContextManager[Source]:
    return nullcontext(source)


class _LocalReader:
    """Reads one source after the other in this process."""

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

    def read(self, named: NamedFiles, annotations: Annotations) -> Iterator[CheckedPart]:
        """Yield what the sources hold; what is wrong is marked in their copies."""
        seen: dict[str, str] = {}
        options = read_options(self._request.reading, self._profile, self._entity.fields)
        with self._lookup() as lookup, closing(RepeatedKeys()) as keys:
            for given, path in zip(named.given, named.paths, strict=True):
                self._listener(PhaseBegan(name=f"checking {path}"))
                with (
                    open_source(given, options, edits=self._request.edits) as source,
                    annotations.collect(path, opened=partial(_already_open, source)) as marks,
                ):
                    self._notices += same_bytes_notices(path, source.digest, seen)
                    for part in self._read_source(source, lookup):
                        marks.add(part.sheet, part.errors.values())
                        keys.add(part.keys)
                        yield part
                    for repeated in keys.alike_rows(source.path):
                        marks.add(repeated.sheet, repeated.errors.values())
                        yield repeated

    def _read_source(self, source: Source, lookup: Lookup) -> Iterator[CheckedPart]:
        make = PartMaker(
            show_payload=self._request.show_payload,
            with_preview=self._settings.mapping is not None,
        )
        chunks = read_source(
            source,
            self._settings,
            self._entity,
            profile=self._profile,
            listener=self._listener,
            notices=self._notices,
            lookup=lookup,
        )
        return map(make.part, chunks)

    @contextmanager
    def _lookup(self) -> Iterator[Lookup]:
        if not (self._request.online or self._request.sandbox):
            yield DeferredLookup(self._notices)
            return
        with open_target(self._settings, self._entity, sandbox=self._request.sandbox) as target:
            yield TargetLookup(LazyNames(target, listener=self._listener), self._notices)
