"""What a journal keeps of what a target had at a moment."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from loader.journal.records import KeyHolder, Lifetime, SnapshotRecord, WrittenOffer
from loader.model import RemoteOffer


class Snapshots(Protocol):
    """What a target had at a moment, kept whole: every object with its id, etag and name."""

    def begin(
        self, *, target: str, kind: str, names: Mapping[str, Mapping[str, str]], path: str = ""
    ) -> str:
        """Begin a snapshot and return its id; `names` are those of placements and tags, by id.

        `path` is the sheet that is pulled into, "" where the snapshot is for a plan alone.
        """

    def add(self, snapshot_id: str, offers: Sequence[RemoteOffer]) -> None:
        """Add what the target has, in order."""

    def forget(self, snapshot_id: str) -> None:
        """Remove a snapshot, and what only it held."""

    def record(self, snapshot_id: str) -> SnapshotRecord | None:
        """Return what is known of a snapshot, or None."""

    def latest_pull(self, *, target: str, kind: str, path: str) -> SnapshotRecord | None:
        """Return the latest pull into a sheet; of none, the latest into any."""

    def offers(self, snapshot_id: str) -> Iterator[RemoteOffer]:
        """Yield what the snapshot holds, in order."""

    def by_id(self, snapshot_id: str, ids: Sequence[str]) -> Mapping[str, RemoteOffer]:
        """Return those with these ids, by id."""

    def by_name(
        self, snapshot_id: str, names: Sequence[str]
    ) -> Mapping[str, Sequence[RemoteOffer]]:
        """Return those that a server may have kept under these names, by the folded name."""

    def sightings(self, offer: str) -> Sequence[tuple[float, str, RemoteOffer]]:
        """Return (time, snapshot, object) of each pull of what has, or had, that name or id."""

    def known(self, *, target: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield (id, name) of all that pulls saw and runs did, with each name that one had."""

    def as_of(self, target: str, instance_id: str, at: float) -> dict[str, Any] | None:
        """Return the object as it was at a moment (UTC seconds), as far as the journal knows.

        What a pull saw, or what was there before the next change that a run made; else None. So is
        it between the earliest and the latest moment at which a change may have been made: of one
        without a reply, between the beginning of its run and the look-up that found it.
        """

    def lifetime(self, target: str, instance_id: str) -> Lifetime:
        """Return when runs created, last changed and deleted an object."""

    def versions(self, target: str, instance_id: str) -> Sequence[tuple[float, str, RemoteOffer]]:
        """Return (time, snapshot, object) of each snapshot that holds an id, oldest first."""

    def first_seen(self, target: str, instance_id: str) -> float | None:
        """Return when a pull first saw an object, or a run first wrote it; None for never."""

    def updates_of(self, target: str, instance_id: str) -> Sequence[tuple[str, float, bytes]]:
        """Return (run, when, body) of each update that runs made of an offer, in order."""

    def key_holders(
        self, *, target: str, kind: str, keys: Sequence[str]
    ) -> Mapping[str, KeyHolder]:
        """Return the offers that hold these keys, by key: not those that a run has to do with."""

    def changed_lately(self, *, target: str, kind: str, since: float) -> Sequence[WrittenOffer]:
        """Return the offers that runs created, changed or deleted after a moment (UTC seconds).

        What was deleted comes last.
        """

    def last_write(self, run_id: str, *, within: float, by_others: bool = False) -> float:
        """Return when runs last wrote to the offers of a run (UTC seconds); 0 for not lately.

        Only writes `within` so many seconds count; `by_others`: not those of the run itself.
        From the settle time after it on, every read shows what was written, or what came later.
        """

    def newest_not_undone(self, *, target: str) -> str | None:
        """Return the id of the newest offer of the target that was created and not undone."""
