"""Reads of the server that end when someone wants to stop: ending a read changes nothing."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
import orjson

from loader.api.departure_hooks import DepartureHooks
from loader.api.is_update_applied import UpdateState
from loader.delivery.stop import StopSignal
from loader.model import Dialect, Job, Outcome, RemoteOffer
from loader.validation.entity import Entity

if TYPE_CHECKING:
    from loader.api.client import OfferClient

_LOOK_SECONDS: Final = 0.2


class Interruption:
    """Cancels what runs inside `scope` soon after the stop is requested."""

    def __init__(self, stop: StopSignal) -> None:
        self._stop = stop
        self._scopes: set[anyio.CancelScope] = set()

    async def watch(self) -> None:
        """Poll the stop signal until cancelled."""
        while True:
            if self._stop.requested():
                for scope in self._scopes:
                    scope.cancel()
            await anyio.sleep(_LOOK_SECONDS)

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                yield
            finally:
                self._scopes.discard(scope)

    def scope(self) -> AbstractContextManager[None, bool]:
        """Run a block until it ends or the stop is requested: ask the stop afterwards."""
        return self._until_stopped()  # type: ignore[return-value]  # a cancelled block is left


class CreateSender:
    """Performs creates."""

    def __init__(self, client: "OfferClient") -> None:
        self._client = client

    async def perform(self, job: Job, hooks: DepartureHooks) -> Outcome:
        """Create one offer."""
        return await self._client.send(job.body, hooks)


class StoppableLibrary:
    """The offers of the target. After a stop a read returns nothing, which proves nothing."""

    def __init__(
        self, client: "OfferClient", entity: Entity, dialect: Dialect, *, interruption: Interruption
    ) -> None:
        self._client = client
        self._entity = entity
        self._dialect = dialect
        self._interruption = interruption

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        """Yield every offer of the target, page by page."""
        pages = aiter(self._client.offers())
        while True:
            page: Sequence[RemoteOffer] | None = None
            with self._interruption.scope():
                page = await anext(pages, None)
            if page is None:
                return
            yield page

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        """Return one offer, or None where it is not there."""
        with self._interruption.scope():
            return await self._client.lookup(remote_id)
        return None

    async def delete(self, remote_id: str, etag: str, hooks: DepartureHooks) -> Outcome:
        """Delete one offer. What is in flight is finished."""
        return await self._client.delete(remote_id, hooks, etag=etag)

    async def update(
        self,
        remote_id: str,
        patch: bytes,
        etag: str,
        hooks: DepartureHooks,
        *,
        is_settled: Callable[[], bool],
    ) -> Outcome:
        """Change one offer. What is in flight is finished."""
        return await self._client.update(
            remote_id, patch, etag=etag, hooks=hooks, is_settled=is_settled
        )

    def update_state(self, remote_id: str, patch: bytes, there: RemoteOffer | None) -> UpdateState:
        """Return whether an offer that was read has an update."""
        return self._client.update_state(remote_id, patch, there)

    def same_object(self, before: bytes, remote: RemoteOffer) -> bool:
        """Return whether `remote` is as it was, as far as columns show it."""
        if self._entity.editing is None:
            return bool(orjson.loads(before) == remote.offer)
        parts = self._entity.editing.parts
        return parts(orjson.loads(before), self._dialect) == parts(remote.offer, self._dialect)

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        """Return whether `remote` is what `sent` would have created."""
        return self._entity.is_same(sent, remote.offer, self._dialect)

    def contents_of(self, offer: Mapping[str, Any]) -> bytes:
        """Return what an offer holds beside its name, in one form; b"" for nothing."""
        return self._entity.contents_of(offer, self._dialect)
