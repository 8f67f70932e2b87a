"""A sandbox in a thread of its own, and the handle that tests and the loader hold."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from offer_sandbox import admin
from offer_sandbox.active_faults import ActiveFaults
from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.routes import DPS_BASE, TOKEN_PATH, XCORE_BASE
from offer_sandbox.seeds import container_id
from offer_sandbox.server import Server
from offer_sandbox.settings import SandboxSettings
from offer_sandbox.state import State
from offer_sandbox.store import Store

T = TypeVar("T")


class Sandbox:
    """A running sandbox. Its methods may be called from any thread."""

    def __init__(self, state: State, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._server = server
        self._loop = loop
        settings = state.settings
        self.client_id = settings.client_id
        self.client_secret = settings.client_secret
        self.access_token = settings.access_token
        self.org_id = settings.org_id
        self.sandbox_name = settings.sandbox_name
        self.container_id = container_id(settings.sandbox_name)
        self.root = f"http://{settings.host}:{server.port}"
        self.ims_url = self.root + TOKEN_PATH
        self.admin_url = self.root + admin.ADMIN

    def api_url(self, dialect: str) -> str:
        """Return the base of a dialect, "dps" or "xcore"."""
        return self.root + {"dps": DPS_BASE, "xcore": XCORE_BASE}[dialect]

    def offers(self) -> list[dict[str, Any]]:
        """Return every fallback offer that is held, in the order of its making: the oracle."""
        return self._on_server_thread(lambda: admin.offers(self._state))

    def counters(self) -> dict[str, Any]:
        """Return what was asked, answered and struck since the start."""
        return self._on_server_thread(lambda: admin.counters(self._state))

    def put_offer(
        self, body: dict[str, Any], *, dialect: str = "dps", **more: str
    ) -> dict[str, Any]:
        """Hold an offer in any form; `more` is its `id`, its `sandbox` or another `kind`."""
        return self._on_server_thread(
            lambda: admin.put(self._state, body=body, dialect=dialect, **more)
        )

    def edit(self, id: str = "", kind: str = "") -> dict[str, Any] | None:  # noqa: A002 - the wire's word
        """Let somebody else edit an offer now; return the entry of the log."""
        return self._on_server_thread(lambda: admin.edit(self._state, id=id, kind=kind))

    def edits(self) -> list[dict[str, Any]]:
        """Return the log of edits by others, and of what clients did to edited offers."""
        return self._on_server_thread(lambda: admin.edit_log_of(self._state))

    def overwritten_edits(self) -> list[dict[str, Any]]:
        """Return the values of edits that a client's update replaced without naming them."""
        return self._on_server_thread(self._state.edits.overwritten)

    def set_faults(self, *plan: FaultPlan | str) -> None:
        """Change the faults: one plan, or lines of text; nothing given means none."""
        lines: Iterable[str] = [
            line for one in plan for line in ([one] if isinstance(one, str) else one.lines())
        ]
        wanted = FaultPlan.parse(lines)
        self._on_server_thread(lambda: admin.change_faults(self._state, wanted))

    def reset(self) -> None:
        """Begin again."""
        self._on_server_thread(self._state.reset)

    def _on_server_thread(self, work: Callable[[], T]) -> T:
        """Run something on the server's thread, which alone may touch the state."""

        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(60)


@contextmanager
def running_sandbox(
    settings: SandboxSettings | None = None, *, port: int = 0, database: str | Path = ":memory:"
) -> Iterator[Sandbox]:
    """Run a sandbox until the block ends. Raises OSError where the port is taken."""
    settings = settings or SandboxSettings()
    started: list[Sandbox | BaseException] = []
    ready = threading.Event()
    end: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        store = Store(database)
        state = State(settings=settings, store=store, active=ActiveFaults(settings.faults))
        state.seed()
        server = Server(state)
        try:
            await server.start(port)
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            end.append((loop, stop))
            started.append(Sandbox(state, server, loop))
            ready.set()
            await stop.wait()
        finally:
            await server.stop()
            store.close()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            started.append(error)
            ready.set()

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    ready.wait()
    if isinstance(started[0], BaseException):
        raise started[0]
    try:
        yield started[0]
    finally:
        loop, stop = end[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
