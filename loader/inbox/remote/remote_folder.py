"""A folder for drops that lies elsewhere.

    INBOX/offers.csv               dropped
    INBOX/done/2026-11-25/…        through, with offers.csv.results.xlsx and so on beside it
    INBOX/failed/2026-11-25/…

The order is that of a local folder: side files are made on this machine and put there at the end,
before the file itself; then the copy on this machine is removed.
"""

from collections.abc import Sequence
from pathlib import Path

from loader.inbox.drops import Candidate, Claim, FinalFolder, Ignored, Listing, Place
from loader.inbox.file_names import A_FOLDER, MARKER, free_name, why_not_loaded
from loader.inbox.folder import SIDE_FILES, IsOurs, every_claim, free_place
from loader.inbox.remote.address import RemoteAddress
from loader.inbox.remote.claims import Claims, CopyClaims, RenameClaims, join
from loader.inbox.remote.spool import Spool
from loader.inbox.remote.store import Entry, Kind, Network, Store
from loader.settings.inbox import RESERVED


class RemoteFolder:
    """One folder of an inbox elsewhere. `known` names the sub-folders that others look after."""

    def __init__(
        self,
        store: Store,
        *,
        claims: Claims,
        spool: Spool,
        name: str = "",
        markers: bool = False,
        known: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._store = store
        self._claims = claims
        self._spool = spool
        self._markers = markers
        self._known = frozenset({*RESERVED, *known})

    def list_files(self) -> Listing:
        """List what lies there."""
        listed = self._store.listing(self.name)
        found = {entry.name: entry for entry in listed.entries}
        hidden = self._claims.hidden()
        candidates: list[Candidate] = []
        left = list(listed.refused)
        for name, entry in found.items():
            marker = name.endswith(MARKER) and name.removesuffix(MARKER) in found
            if name in self._known or (self._markers and marker):
                continue
            if reason := why_not_loaded(name, not_a_file=_why_not_file(entry)):
                left.append(Ignored(name=name, reason=reason))
            elif (name, entry.identity) not in hidden:
                candidates.append(_candidate(entry, marked=name + MARKER in found))
        return Listing(candidates=tuple(candidates), ignored=tuple(left))

    def is_being_written(self, candidate: Candidate) -> bool:  # noqa: ARG002 - the Protocol's
        """The server does not know."""
        return False

    def claim(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Claim it, as it is done there."""
        return self._claims.take(candidate, token=token)

    def claims(self, is_ours: IsOurs = every_claim) -> Sequence[Claim]:
        """List what is claimed."""
        return self._claims.list_owned(is_ours)

    def can_reach_results(self, claim: Claim) -> bool:
        """Side files are made on the machine that has the copy."""
        return self._spool.note(claim.token) is not None

    def forget(self, claim: Claim) -> None:
        """Remove the copy."""
        self._spool.forget(claim.token)

    def fetch(self, claim: Claim) -> Path:
        """Give the copy on this machine."""
        return self._claims.fetch(claim)

    def drop_location(self, name: str) -> str:
        """Give the address that it was dropped under."""
        return self._store.address(join(self.name, name))

    def place(self, claim: Claim, folder: FinalFolder, *, day: str) -> Place:
        """Choose a free name: offers.csv, offers-2.csv, …"""
        self._claims.check(claim)
        note = self._spool.note(claim.token)
        if note is not None and note.shelf == folder:  # decided before a stop in the middle
            return Place(folder=folder, day=note.day, name=note.place)
        taken = self._store.listing(join(self.name, folder, day)).names()
        return free_place(claim, folder, day=day, taken=taken)

    def location(self, place: Place, side: str = "") -> str:
        """Give the address there."""
        return self._store.address(self._path(place, side))

    def exists(self, file: str) -> bool:
        """Look."""
        start = f"{self._store.address('')}/"
        return file.startswith(start) and self._store.entry(file.removeprefix(start)) is not None

    def finish(self, claim: Claim, place: Place) -> None:
        """Put the side files there, then the file; then the copy on this machine goes."""
        self._spool.decide(claim.token, shelf=place.folder, day=place.day, place=place.name)
        for side in SIDE_FILES:
            source = self._spool.sides(claim.token) / side
            if source.is_file():
                self._store.put(source, self._path(place, side))
        self._claims.move_to(claim, self._path(place))
        self._spool.forget(claim.token)

    def put_back(self, place: Place, name: str) -> str:
        """Bring it back, under the name it was dropped with if that is free."""
        free = free_name(name, self._store.listing(self.name).names())
        source, goal = self._path(place), join(self.name, free)
        found = self._store.entry(source)
        if found is None:
            raise FileNotFoundError(f"{self.location(place)} is gone")
        with self._spool.scratch() as folder:
            self._store.get(source, folder / "copy", most_bytes=found.size_bytes)
            self._store.put(folder / "copy", goal)
        self._store.remove(source, identity=found.identity)
        return self._store.address(goal)

    def close(self) -> None:
        """End what connects to it."""
        self._store.close()

    def _path(self, place: Place, side: str = "") -> str:
        return join(self.name, *place.path(side))


def open_folder(
    address: RemoteAddress,
    *,
    spool: Path,
    name: str = "",
    markers: bool = False,
    known: Sequence[str] = (),
    network: Network | None = None,
) -> RemoteFolder:
    """Open a folder elsewhere. Raises `SettingsError` where the library for it is missing.

    `network` says how a bucket is reached; None: by the variables of the environment.
    """
    copies = Spool(spool / f"folder-{name}")
    store: Store
    claims: Claims
    if address.is_sftp:
        from loader.inbox.remote.sftp import SftpStore  # noqa: PLC0415 - an extra

        store = moving = SftpStore(address)
        claims = RenameClaims(store=moving, folder=name, spool=copies, markers=markers)
    else:
        from loader.inbox.remote.objects import ObjectStore  # noqa: PLC0415 - an extra

        store = ObjectStore(address, network=network or Network())
        claims = CopyClaims(store=store, folder=name, spool=copies, markers=markers)
    return RemoteFolder(store, claims=claims, spool=copies, name=name, markers=markers, known=known)


def _why_not_file(entry: Entry) -> str:
    match entry.kind:
        case Kind.FILE:
            return ""
        case Kind.FOLDER:
            return A_FOLDER
        case Kind.OTHER:
            return "is a link or the like; put the file itself here"


def _candidate(entry: Entry, *, marked: bool) -> Candidate:
    return Candidate(
        name=entry.name,
        size_bytes=entry.size_bytes,
        modified_at=entry.modified_at,
        dropped_at=entry.modified_at,
        identity=entry.identity,
        is_marked=marked,
    )
