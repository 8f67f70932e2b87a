"""The placements and tags of a target, listed once per run, when a cell first needs them.

The listing is kept with the run. Where a target does not list its placements, only names cannot be
used; ids can.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from loader.errors import TargetError
from loader.events import Limited, Listener
from loader.model import Notice
from loader.run.wiring import Target, run_async
from loader.validation.references import Catalogue, Needed, Placement, Register, Tag

if TYPE_CHECKING:
    from loader.api.client import OfferClient

_PLACEMENTS: Final = "placements"
_TAGS: Final = "tags"
_LOOKED_UP_LATER: Final = (
    'names of placements and tags, such as "{name}", are looked up at load; `loader check --online`'
    " looks them up now"
)
_LONGEST_NAME: Final = 60
E = TypeVar("E", Placement, Tag)
T = TypeVar("T")
Keep = Callable[[str, Sequence[Mapping[str, Any]]], None]


class Lookup(Protocol):
    """Tells what rows need to know of the target; None leaves it for later."""

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue | None: ...


class DeferredLookup:
    """Asks nobody, and says so once where something is named."""

    def __init__(self, notices: list[Notice]) -> None:
        self._notices = notices
        self._said = False

    def catalogue(self, wanted: Needed, *, source: str) -> None:
        """Leave it for later."""
        name = wanted.placement or wanted.tags
        if name and not self._said:
            self._said = True
            message = _LOOKED_UP_LATER.format(name=name[:_LONGEST_NAME])
            self._notices.append(Notice(source=source, code="looked-up-at-load", message=message))


def keep_nothing(_kind: str, _entries: Sequence[Mapping[str, Any]]) -> None:
    """Forget what the target listed: for a check."""


class TargetLookup:
    """Asks one target during one run, and each thing once."""

    def __init__(
        self,
        target: Target,
        *,
        listener: Listener,
        notices: list[Notice],
        keep: Keep = keep_nothing,
    ) -> None:
        self._target = target
        self._listener = listener
        self._notices = notices
        self._keep = keep
        self._placements: Register[Placement] | None = None
        self._tags: Register[Tag] | None = None
        self._refused: set[str] = set()

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue:
        """Return what is known after finding out what is wanted.

        Raises `TargetError` where a name is wanted of a target that does not list names.
        """
        if self._placements is None and (wanted.placement or wanted.blanks):
            self._placements = Register(self._told(_PLACEMENTS, list_placements))
        if self._tags is None and wanted.tags:
            self._tags = Register(self._told(_TAGS, list_tags))
        for kind, name in ((_PLACEMENTS, wanted.placement), (_TAGS, wanted.tags)):
            if name and kind in self._refused:
                raise TargetError(_no_names(kind, name, source=source), code="names-not-listed")
        return Catalogue(placements=self._placements or Register(), tags=self._tags or Register())

    def _told(self, kind: str, ask: Callable[[Target], Sequence[E] | None]) -> Sequence[E]:
        self._listener(Limited(by=f"asking the target for its {kind}"))
        entries = ask(self._target)
        self._listener(Limited(by=""))
        if entries is None:
            self._refused.add(kind)
            self._notices.append(_not_listed(kind, self._target.words))
            return ()
        self._keep(kind, [asdict(each) for each in entries])
        return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNames:
    """What a target listed, for those who cannot ask it; None where it does not list them."""

    words: str  # the target
    placements: Register[Placement] | None
    tags: Register[Tag] | None

    @classmethod
    def of(cls, target: Target) -> "TargetNames":
        """Ask the target for all that it has."""
        placements, tags = list_placements(target), list_tags(target)
        return cls(
            words=target.words,
            placements=None if placements is None else Register(placements),
            tags=None if tags is None else Register(tags),
        )


class ListedLookup:
    """Tells what a `TargetLookup` would, whose target has listed everything before.

    `asked` are the kinds that it was asked for in the rows above.
    """

    def __init__(self, names: TargetNames, notices: list[Notice], *, asked: frozenset[str]) -> None:
        self.asked = set(asked)
        self._names = names
        self._notices = notices

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue:
        """Return what is known after finding out what is wanted; raise as `TargetLookup` does."""
        placements, tags = self._names.placements, self._names.tags
        if wanted.placement or wanted.blanks:
            self._ask(_PLACEMENTS, placements)
        if wanted.tags:
            self._ask(_TAGS, tags)
        for kind, name, listed in (
            (_PLACEMENTS, wanted.placement, placements),
            (_TAGS, wanted.tags, tags),
        ):
            if name and listed is None:
                raise TargetError(_no_names(kind, name, source=source), code="names-not-listed")
        return Catalogue(
            placements=(_PLACEMENTS in self.asked and placements) or Register(),
            tags=(_TAGS in self.asked and tags) or Register(),
        )

    def _ask(self, kind: str, listed: object) -> None:
        if kind not in self.asked:
            self.asked.add(kind)
            self._notices += [_not_listed(kind, self._names.words)] if listed is None else []


def list_placements(target: Target) -> Sequence[Placement] | None:
    """Return the placements of a target, or None where it does not list them."""
    return _asked(target, lambda client: client.placements())


def list_tags(target: Target) -> Sequence[Tag] | None:
    """Return the tags of a target, or None where it does not list them."""
    return _asked(target, lambda client: client.tags())


def _asked(target: Target, ask: Callable[["OfferClient"], Awaitable[T]]) -> T:
    from loader.api.client import open_client  # noqa: PLC0415 - most checks ask nobody

    async def work() -> T:
        async with open_client(target.api, target.entity.endpoints) as client:
            return await ask(client)

    return run_async(work)


def _no_names(kind: str, name: str, *, source: str) -> str:
    return (
        f'{source}: "{name[:100]}" does not look like an id, and the API does not list the {kind}'
        " to this credential, so that no name can be looked up; nothing was sent. Give the"
        f" credential the right to read {kind}; or write ids, and load with --placements ids-only"
    )


def _not_listed(kind: str, words: str) -> Notice:
    return Notice(
        source=words,
        code=f"{kind}-not-listed",
        message=(
            f"the API does not list the {kind} to this credential: nothing was filled in or checked"
            " by what they tell"
        ),
    )
