"""Use case: write what a target has into a sheet that a person can edit and plan from."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from loader.errors import SettingsError
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, open_journal
from loader.model import RemoteOffer
from loader.pulled.hidden_sheet import PullInfo
from loader.pulled.layout import columns_needed
from loader.pulled.write_sheet import PulledSheet, check_free, write_pulled
from loader.run.change_reports import HiddenParts, PullReport
from loader.run.key_in_journal import as_known
from loader.run.pull.snapshot import OfferFilter, Snapshot, take_snapshot
from loader.run.requests import PullRequest
from loader.run.wiring import SystemClock, Target, entity_or_offer, open_target
from loader.settings import Settings
from loader.validation.editing import Cells, Names, Wanted
from loader.validation.fields import NAME

_MOST_HIDDEN_SHOWN = 5


def pull_offers(request: PullRequest, settings: Settings, *, listener: Listener) -> PullReport:
    """Pull into `request.path`. Raises `LoaderError`; then nothing was written."""
    check_free(request.path)
    entity = entity_or_offer(request.entity)
    with (
        open_target(settings, entity, sandbox=request.sandbox) as named,
        open_journal(settings.journal_place, clock=SystemClock().now) as journal,
    ):
        target = as_known(named, journal)
        listener(PhaseBegan(name=f"pulling {entity.plural}"))
        wanted = partial(_offer_filter, request, target)
        snapshot = take_snapshot(
            journal, target, listener=listener, wanted=wanted, path=str(request.path.absolute())
        )
        report = _write_sheet(request.path, journal, target, snapshot)
        listener(PhaseEnded())
        return report


def _offer_filter(request: PullRequest, target: Target, names: Names) -> OfferFilter:
    """Return which offers a request wants."""
    editing, dialect = target.editing, target.api.dialect
    tests: list[Callable[[RemoteOffer], bool]] = []
    if request.name is not None:
        pattern = request.name.casefold()
        tests.append(lambda offer: fnmatchcase(offer.name.casefold(), pattern))
    if request.changed_since is not None:
        since = request.changed_since
        tests.append(lambda offer: _changed_since(offer, since))
    wanted = Wanted(
        status=None if request.status is None else request.status.lower(),
        placements=_ids(request.placement, names.placements, "placement"),
        tags=_ids(request.tag, names.tags, "tag"),
    )
    if wanted != Wanted():
        tests.append(lambda offer: editing.is_wanted(offer.offer, dialect, wanted))
    return lambda offer: all(test(offer) for test in tests)


def _ids(word: str | None, names: Mapping[str, str], what: str) -> set[str] | None:
    """Return the ids that a name or an id means. Raises `SettingsError` for an unknown name."""
    if word is None:
        return None
    found = {id_ for id_, name in names.items() if name.casefold() == word.casefold()}
    if not found and ":" not in word:
        raise SettingsError(
            f"the target has no {what} named {word!r} (or several): give its id, which"
            " `loader placements` shows"
        )
    return found | {word}


def _changed_since(offer: RemoteOffer, since: datetime) -> bool:
    """Return whether an offer was changed since; True where it has no time of change."""
    modified_at = offer.modified_at
    try:
        moment = (
            datetime.fromtimestamp(int(modified_at) / 1000, UTC)
            if modified_at.isdigit()
            else datetime.fromisoformat(modified_at)
        )
    except (ValueError, OverflowError):
        return True
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= since


def _write_sheet(path: Path, journal: Journal, target: Target, snapshot: Snapshot) -> PullReport:
    editing, dialect = target.editing, target.api.dialect
    hidden: list[HiddenParts] = []
    with_hidden = count = 0

    def rows() -> Iterator[tuple[RemoteOffer, Cells]]:
        for offer in journal.snapshots.offers(snapshot.snapshot_id):
            yield offer, editing.cells(offer.offer, dialect, snapshot.names)

    def cells_of_each() -> Iterator[Cells]:
        nonlocal with_hidden, count
        for offer, cells in rows():
            count += 1
            parts = editing.hidden(offer.offer, dialect)
            with_hidden += bool(parts)
            if parts and len(hidden) < _MOST_HIDDEN_SHOWN:
                hidden.append(HiddenParts(name=offer.name, parts=tuple(parts)))
            yield cells

    entity = target.entity
    columns = columns_needed(cells_of_each(), entity.fields, unsent=_columns_left_out(target))
    pull = PullInfo(
        pull_id=snapshot.snapshot_id,
        target=target.key,
        kind=entity.kind,
        names={"placements": snapshot.names.placements, "tags": snapshot.names.tags},
    )
    write_pulled(
        path, PulledSheet(entity=entity, pull=pull, columns=columns, count=count, rows=rows)
    )
    return PullReport(
        path=path,
        pull_id=snapshot.snapshot_id,
        target=target.words,
        listed=snapshot.listed,
        pulled=count,
        with_hidden=with_hidden,
        first_hidden=tuple(hidden),
    )


def _columns_left_out(target: Target) -> tuple[str, ...]:
    """Return the columns that the API does not keep, or that this dialect does not have."""
    entity = target.entity
    keys = (key for key in entity.fields.keys if key != NAME)
    return (*entity.unkept, *keys, *entity.unsent.get(target.api.dialect, ()))
