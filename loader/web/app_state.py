"""What the pages share: the settings, the target, the drafts, the runs at work."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from loader.errors import SettingsError
from loader.inbox.status import InboxStatus
from loader.run.drafting import Draft, Drafts
from loader.run.wiring import target_key
from loader.settings import Settings
from loader.settings.web import WebSettings
from loader.web.jobs import Jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTarget:
    """Where offers go, in the person's words. A rehearsal changes nothing outside this machine."""

    name: str
    organisation: str
    sandbox: str
    is_rehearsal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebState:
    """Made once, when the server starts.

    `data`: the folder of the page, beside the journal: `drafts/ID/` has what was dropped.
    `report_crash`: writes down an error that is a fault of ours, and says where.
    `named`: the file that was named on the command line, to be opened at once.
    `read_inbox_status`: says what waits in the inbox of the settings; None where none is set.
    """

    settings: Settings
    web: WebSettings
    target: ShownTarget
    data: Path
    report_crash: Callable[[BaseException], str]
    jobs: Jobs
    named: Path | None = None
    read_inbox_status: Callable[[], InboxStatus] | None = None

    @property
    def drafts(self) -> Path:
        """The folder that has a folder for each draft."""
        return self.data / "drafts"

    def results_of(self, run_id: str) -> Path:
        """Return where the results of a run are written: not beside a file of the person."""
        if not _RUN.fullmatch(run_id):
            raise SettingsError("there is no such run", code="no-such-run")
        folder = self.data / "results"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / f"{run_id}.xlsx"

    @property
    def mappings(self) -> Path:
        """The folder of the mappings that people made on the page."""
        return self.data / "mappings"

    @property
    def target_key(self) -> str:
        """The journal's key of where this page sends to."""
        return target_key(self.settings, sandbox=self.is_rehearsal)

    @property
    def is_rehearsal(self) -> bool:
        """Whether the target is the built-in sandbox: what use cases call `sandbox`."""
        return self.target.is_rehearsal


_RUN: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
STATE = web.AppKey("state", WebState)
DRAFTS: Final = web.AppKey("drafts", Drafts)
PREFIX = web.AppKey("prefix", str)


def shown_target(settings: Settings, *, is_rehearsal: bool) -> ShownTarget:
    """Return the target in words."""
    host = urlsplit(settings.api_url).hostname or ""
    return ShownTarget(
        name="" if is_rehearsal else host,
        organisation="" if is_rehearsal else settings.org_id or "",
        sandbox="" if is_rehearsal else settings.sandbox_name or "",
        is_rehearsal=is_rehearsal,
    )


def data_folder(settings: Settings) -> Path:
    """Return the folder of the page."""
    journal = settings.journal_file
    return journal.with_name(f"{journal.stem}.web")


async def draft_of(request: web.Request) -> Draft:
    """Return the draft that the path names. Raises `DraftError` where there is none."""
    drafts = request.app[DRAFTS]
    return await asyncio.to_thread(drafts.get, request.match_info["draft"])


async def close_drafts(app: web.Application) -> None:
    """Close every draft, when the server ends."""
    await asyncio.to_thread(app[DRAFTS].close)
