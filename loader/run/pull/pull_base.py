"""What a sheet was pulled from: a snapshot in this journal, or one that the workbook brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loader.journal import Journal
from loader.model import Notice, RemoteOffer
from loader.pulled.hidden_sheet import PullInfo, read_offers, read_pull_info
from loader.pulled.layout import suffix_of
from loader.run.requests import PlanRequest
from loader.run.wiring import Target
from loader.same_target import is_same_target
from loader.target_words import target_in_words
from loader.validation.editing import Names

_OFFERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the sheet was pulled from: a snapshot in the journal, "" where there is none.

    Where it `is_guessed`, only the revision of a row (its etag) proves that it was pulled from it.
    """

    snapshot_id: str = ""
    names: Names = field(default_factory=Names)
    is_guessed: bool = False
    is_other_target: bool = False  # of another target: the ids of the sheet mean nothing here
    notices: Sequence[Notice] = ()


def find_base(request: PlanRequest, journal: Journal, target: Target) -> Base:
    """Find the pull of a sheet; a workbook of a colleague brings its own."""
    path = Path(str(request.source))
    stored_at = request.stored_at or path
    is_workbook = suffix_of(path) == ".xlsx" and stored_at.is_file()
    pull = read_pull_info(stored_at) if is_workbook else None
    if pull is None:  # a text form, or another program dropped the hidden sheet
        return _latest_pull(path, journal, target)
    if not is_same_target(pull.target, target.key):
        return Base(is_other_target=True, notices=[_other_target_notice(path, pull)])
    record = journal.snapshots.record(pull.pull_id)
    if record is not None and record.target == pull.target:
        return _base(pull.pull_id, pull.names)
    pull = replace(pull, target=target.key)
    return _base(_import_pull(stored_at, pull, journal), pull.names)


def _latest_pull(path: Path, journal: Journal, target: Target) -> Base:
    """Return the latest pull into this sheet; of none, the latest into any: a renamed file."""
    here = str(path.absolute())
    record = journal.snapshots.latest_pull(target=target.key, kind=target.entity.kind, path=here)
    if record is None:
        return Base()
    return replace(_base(record.snapshot_id, record.names), is_guessed=record.path != here)


def _base(snapshot_id: str, names: Mapping[str, Mapping[str, str]]) -> Base:
    known = Names(placements=names.get("placements", {}), tags=names.get("tags", {}))
    return Base(snapshot_id=snapshot_id, names=known)


def _import_pull(path: Path, pull: PullInfo, journal: Journal) -> str:
    """Copy the objects of a pull that another journal made into this one."""
    snapshots = journal.snapshots
    snapshot_id = snapshots.begin(
        target=pull.target, kind=pull.kind, names=pull.names, path=str(path.absolute())
    )
    page: list[RemoteOffer] = []
    for offer in read_offers(path):
        page.append(offer)
        if len(page) == _OFFERS_AT_ONCE:
            snapshots.add(snapshot_id, page)
            page = []
    snapshots.add(snapshot_id, page)
    return snapshot_id


def _other_target_notice(path: Path, pull: PullInfo) -> Notice:
    return Notice(
        source=str(path),
        code="pulled-elsewhere",
        message=(
            f"the sheet was pulled from another target ({target_in_words(pull.target)}): its ids"
            " mean nothing here, and offers are found by their names"
        ),
    )
