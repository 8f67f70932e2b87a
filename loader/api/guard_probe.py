"""Whether a target guards updates as documented, tried on a draft offer of our own.

The offer is removed again, whatever is found and however it ends. It is the least that the API
takes, in the names of its dialects: nothing of it comes from a sheet.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import anyio
import orjson

from loader.api.decided_later import polls
from loader.api.update_outcome import UpdateCode
from loader.errors import TargetError
from loader.model import Dialect, Outcome, OutcomeKind, RemoteOffer

_CLEANING_SECONDS: Final = 60.0
_NO_REVISION: Final = "999999"  # of no new offer
_PREFIX: Final = {Dialect.DPS: "", Dialect.XCORE: "xdm:"}
_ROOT: Final = {Dialect.DPS: "/", Dialect.XCORE: "/_instance/xdm:"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardProbe:
    """What was found. "Guarded": an update that was made for another value was refused."""

    accepts_updates: bool
    guards_values: bool  # that an update replaces
    guards_new_values: bool  # where nothing was before
    leftover: str = ""  # that the draft offer could not be removed, and why


class ProbedOffers(Protocol):
    """What is needed of a client."""

    async def send(self, body: bytes) -> Outcome: ...
    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def update(self, remote_id: str, patch: bytes, *, etag: str = "") -> Outcome: ...
    async def delete(self, remote_id: str) -> Outcome: ...


async def probe_guards(offers: ProbedOffers, dialect: Dialect, *, name: str) -> GuardProbe:
    """Create a draft offer, try on it what updates rely on, and delete it.

    Raises `TargetError` where that cannot be found out.
    """
    prefix = _PREFIX[dialect]
    body = orjson.dumps({f"{prefix}name": name, f"{prefix}status": "draft"})
    created = await offers.send(body)
    if created.receipt is None or not created.receipt.instance_id:
        raise TargetError(
            f"the draft offer '{name}' could not be created ({created.message or created.code});"
            " if the library shows it, delete it there"
        )
    key = created.receipt.instance_id
    probe, failed = _Probe(offers=offers, dialect=dialect, key=key), None
    values, updates, new_values = False, False, False
    leftover = f"the draft offer '{name}' could not be removed: delete it"
    try:
        values = await probe.guards_values()
        updates = await probe.accepts_updates()
        new_values = updates and await probe.guards_new_values()
    except TargetError as error:
        failed = error
    finally:
        with anyio.move_on_after(_CLEANING_SECONDS, shield=True):
            leftover = _describe_leftover(name, await offers.delete(key))
    if failed is not None:
        raise TargetError("; ".join(filter(None, (str(failed), leftover)))) from failed
    return GuardProbe(
        accepts_updates=updates,
        guards_values=values,
        guards_new_values=new_values,
        leftover=leftover,
    )


def _describe_leftover(name: str, removed: Outcome) -> str:
    if removed.kind is OutcomeKind.DONE:
        return ""
    why = removed.message or removed.code
    return f"the draft offer '{name}' could not be removed ({why}): delete it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    offers: ProbedOffers
    dialect: Dialect
    key: str

    async def guards_values(self) -> bool:
        """Rename it, as if another name were there; say whether that is refused."""
        there = await self._read()
        if self.dialect is Dialect.XCORE:
            return not await self._is_applied(self._rename(there), etag=_NO_REVISION)
        test = {"op": "test", "path": self._path("name"), "value": f"{there.name} (another)"}
        return not await self._is_applied(test, self._rename(there))

    async def accepts_updates(self) -> bool:
        """Rename it, for the name and the revision that are there."""
        there = await self._read()
        test = {"op": "test", "path": self._path("name"), "value": there.name}
        return await self._is_applied(test, self._rename(there), etag=there.receipt.etag)

    async def guards_new_values(self) -> bool:
        """Add what is not there: for another revision, which must fail, and for the right one."""
        add = {"op": "add", "path": self._path("description"), "value": "Tried by loader doctor"}
        if await self._is_applied(add, etag=_NO_REVISION):
            return False
        return await self._is_applied(add, etag=(await self._read()).receipt.etag)

    def _rename(self, there: RemoteOffer) -> dict[str, Any]:
        return {"op": "replace", "path": self._path("name"), "value": f"{there.name}+"}

    def _path(self, field: str) -> str:
        return _ROOT[self.dialect] + field

    async def _is_applied(self, *steps: dict[str, Any], etag: str = "") -> bool:
        outcome = await self.offers.update(self.key, orjson.dumps(steps), etag=etag)
        is_no = outcome.kind is OutcomeKind.REFUSED or outcome.code == UpdateCode.NOT_NOW
        if outcome.kind is not OutcomeKind.DONE and not is_no:
            raise TargetError(f"what became of an update is not known: {outcome.message}")
        return outcome.kind is OutcomeKind.DONE

    async def _read(self) -> RemoteOffer:
        async for _ in polls(lambda: False):
            if there := await self.offers.lookup(self.key):
                return there
        raise TargetError("the draft offer is not found by its id")
