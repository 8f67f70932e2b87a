"""The web page, served in a thread of this process from the embedded sandbox."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import pytest
from aiohttp import web

from loader.inbox.status import InboxStatus
from loader.run.drafting import Drafts
from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from loader.settings import load_settings
from loader.settings.web import WebSettings
from loader.web import server
from loader.web.app_state import WebState, data_folder, shown_target
from loader.web.guard import protect
from loader.web.jobs import Jobs
from loader.web.server import RunningServer, serve
from offer_sandbox import Sandbox
from tests.support.workbooks import connection_variables

LONGEST_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class RunningPage:
    """A page that is served. `link()` gives an address that opens it once."""

    served: RunningServer
    state: WebState
    answers: list[int] = field(default_factory=list)  # every status, in order

    @property
    def address(self) -> str:
        """The scheme, host and port."""
        return self.served.address

    def link(self) -> str:
        """Return an address that opens the page in one browser."""
        return self.served.link()

    def draft_of(self, content: bytes, name: str) -> str:
        """Drop a file, as if by hand; return the id of its draft, once it is checked."""
        drafts = Drafts(self.state.drafts, self.state.settings, sandbox=self.state.is_rehearsal)
        draft = drafts.take(io.BytesIO(content), name)
        draft.wait()
        drafts.close()
        return draft.draft_id


@contextmanager
def running_page(
    folder: Path,
    *,
    web: WebSettings | None = None,
    listen: str | None = None,
    named: Path | None = None,
    live: Sandbox | None = None,
    is_rehearsal: bool = True,
    read_inbox_status: Callable[[], InboxStatus] | None = None,
    **flags: object,
) -> Iterator[RunningPage]:
    """Serve the page with its journal in `folder`; `flags` are settings.

    `live`: the sandbox that stands for the live target of the settings.
    """
    own = {"journal": str(folder / "journal.sqlite3"), "max_per_second": 200}
    flags = {**own, "settle_seconds": 0.1, **flags}
    environment = connection_variables(live) if live else {}
    settings = load_settings(environment=environment, flags=flags)
    crashes: list[BaseException] = []

    def report_crash(error: BaseException) -> str:
        crashes.append(error)
        return "the test"

    state = WebState(
        settings=settings,
        web=web or WebSettings(),
        target=shown_target(settings, is_rehearsal=is_rehearsal),
        data=data_folder(settings),
        report_crash=report_crash,
        jobs=Jobs(report_crash=report_crash),
        named=named,
        read_inbox_status=read_inbox_status,
    )
    with ExitStack() as stack:
        if is_rehearsal:
            stack.enter_context(shared_sandbox(sandbox_file(settings)))
        answers = stack.enter_context(_noted_answers())
        served = stack.enter_context(_served(state, listen))
        yield RunningPage(served=served, state=state, answers=answers)
    if crashes:
        raise crashes[0]


@contextmanager
def _noted_answers() -> Iterator[list[int]]:
    """Record the status of every answer: a browser does not report the requests of other pages."""
    answers: list[int] = []

    async def note(request: web.Request, response: web.StreamResponse) -> None:
        answers.append(response.status)
        await protect(request, response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "protect", note)
        yield answers


@contextmanager
def _served(state: WebState, listen: str | None) -> Iterator[RunningServer]:
    told: Queue[RunningServer | BaseException] = Queue()
    loop = asyncio.new_event_loop()
    until = asyncio.Event()

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(serve(state, port=0, listen=listen, is_up=told.put, until=until))
        except BaseException as error:  # noqa: BLE001 - the test's thread raises it
            told.put(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        served = told.get(timeout=LONGEST_SECONDS)
        if isinstance(served, BaseException):
            raise served
        yield served
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(until.set)
        thread.join(LONGEST_SECONDS)
