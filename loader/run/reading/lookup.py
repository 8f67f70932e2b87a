"""The placements and tags of a target, listed once per run, when a cell first needs them.

The listing is kept with the run. Where a target does not list its placements, only names cannot be
used; ids can.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
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
    'names of placements and tags, such as "{name}", are looked up at load; `loader check FILE'
    " --online` looks them up now (--sandbox: in the built-in sandbox)"
)
_LONGEST_NAME: Final = 60
E = TypeVar("E", Placement, Tag)
T = TypeVar("T")
Keep = Callable[[str, Sequence[Mapping[str, Any]]], None]


class Lookup(Protocol):
    """Returns what rows need to know of the target; None leaves it for later."""

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue | None: ...


class DeferredLookup:
    """Asks no target; adds one notice where a name would need it."""

    def __init__(self, notices: list[Notice]) -> None:
        self._notices = notices
        self._reported = False

    def catalogue(self, wanted: Needed, *, source: str) -> None:
        """Leave it for later."""
        name = wanted.placement or wanted.tags
        if name and not self._reported:
            self._reported = True
            message = _LOOKED_UP_LATER.format(name=name[:_LONGEST_NAME])
            self._notices.append(Notice(source=source, code="looked-up-at-load", message=message))


def keep_nothing(_kind: str, _entries: Sequence[Mapping[str, Any]]) -> None:
    """Do not keep what the target listed: for a check."""


class Names(Protocol):
    """What a target lists, by name; None where it does not list them."""

    @property
    def words(self) -> str: ...  # the target

    @property
    def placements(self) -> Register[Placement] | None: ...

    @property
    def tags(self) -> Register[Tag] | None: ...


class LazyNames:
    """Names that the target is asked for when they are first needed."""

    def __init__(self, target: Target, *, listener: Listener, keep: Keep = keep_nothing) -> None:
        self.words = target.words
        self._target = target
        self._listener = listener
        self._keep = keep

    @cached_property
    def placements(self) -> Register[Placement] | None:
        return self._listed(_PLACEMENTS, list_placements)

    @cached_property
    def tags(self) -> Register[Tag] | None:
        return self._listed(_TAGS, list_tags)

    def _listed(self, kind: str, ask: Callable[[Target], Sequence[E] | None]) -> Register[E] | None:
        self._listener(Limited(by=f"asking the target for its {kind}"))
        entries = ask(self._target)
        self._listener(Limited(by=""))
        if entries is None:
            return None
        self._keep(kind, [asdict(each) for each in entries])
        return Register(entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNames:
    """Names that the target has listed, for those who cannot ask it."""

    words: str
    placements: Register[Placement] | None
    tags: Register[Tag] | None

    @classmethod
    def of(cls, target: Target) -> "ListedNames":
        """Ask the target for all that it has."""
        placements, tags = list_placements(target), list_tags(target)
        return cls(
            words=target.words,
            placements=None if placements is None else Register(placements),
            tags=None if tags is None else Register(tags),
        )


class TargetLookup:
    """Returns what rows need of the names of one target, during one run.

    `wanted` are the kinds that the rows above needed: what is to be said of them was said.
    """

    def __init__(self, names: Names, notices: list[Notice], *, wanted: Iterable[str] = ()) -> None:
        self.wanted = set(wanted)
        self._names = names
        self._notices = notices

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue:
        """Return what is known, of what was wanted until now.

        Raises `TargetError` where a name is wanted of a target that does not list names.
        """
        if wanted.placement or wanted.blanks:
            self._want(_PLACEMENTS)
        if wanted.tags:
            self._want(_TAGS)
        placements = self._names.placements if _PLACEMENTS in self.wanted else None
        tags = self._names.tags if _TAGS in self.wanted else None
        for kind, name, listed in (
            (_PLACEMENTS, wanted.placement, placements),
            (_TAGS, wanted.tags, tags),
        ):
            if name and listed is None:
                raise TargetError(_no_names(kind, name, source=source), code="names-not-listed")
        return Catalogue(placements=placements or Register(), tags=tags or Register())

    def _want(self, kind: str) -> None:
        if kind in self.wanted:
            return
        self.wanted.add(kind)
        listed = self._names.placements if kind == _PLACEMENTS else self._names.tags
        if listed is None:
            self._notices.append(_not_listed(kind, self._names.words))


def list_placements(target: Target) -> Sequence[Placement] | None:
    """Return the placements of a target, or None where it does not list them."""
    return _ask(target, lambda client: client.placements())


def list_tags(target: Target) -> Sequence[Tag] | None:
    """Return the tags of a target, or None where it does not list them."""
    return _ask(target, lambda client: client.tags())


def _ask(target: Target, ask: Callable[["OfferClient"], Awaitable[T]]) -> T:
    from loader.api.client import open_client  # noqa: PLC0415 - most checks send no request

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
