"""Reads of the server that end when someone wants to stop: ending a read changes nothing."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final

import anyio

from loader.delivery.stop import StopSignal
from loader.model import Dialect, RemoteOffer
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
        """Look at the stop signal now and then, until cancelled."""
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


class StoppableLibrary:
    """The offers of the target, as reconcile reads them. After a stop it returns nothing."""

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

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        """Say whether `remote` is what `sent` would have created."""
        return self._entity.is_same(sent, remote.offer, self._dialect)
