"""Use case: say whether a load would work, and what to do where it would not."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from loader.api.client import OfferClient, open_client
from loader.errors import ExitCode, LoaderError
from loader.journal import open_journal
from loader.run.reports import Diagnosis, DoctorReport, Health
from loader.run.wiring import SystemClock, api_settings, entity_or_offer, run_async
from loader.settings import Settings


def diagnose(settings: Settings) -> DoctorReport:
    """Look at the settings, the journal, the token (and container), and a read."""
    diagnoses = [
        Diagnosis(
            subject="settings", health=Health.OK, message=f"{settings.api} at {settings.api_url}"
        ),
        _journal(settings),
        *_proxies(settings),
        *_target(settings),
    ]
    failed = any(each.health is Health.FAILED for each in diagnoses)
    return DoctorReport(
        diagnoses=tuple(diagnoses), exit_code=ExitCode.TARGET if failed else ExitCode.OK
    )


def _journal(settings: Settings) -> Diagnosis:
    path = Path(settings.journal)
    try:
        open_journal(path, clock=SystemClock().now).close()
    except LoaderError as error:
        return Diagnosis(subject="journal", health=Health.FAILED, message=str(error))
    return Diagnosis(subject="journal", health=Health.OK, message=str(path))


def _proxies(settings: Settings) -> list[Diagnosis]:
    """Say through which proxy the API and the token endpoint are reached, and who says so."""
    try:
        found = {url: str(settings.proxy_for(url)) for url in (settings.api_url, settings.ims_url)}
    except LoaderError as error:
        return [Diagnosis(subject="proxy", health=Health.FAILED, message=str(error))]
    said = {words: ", ".join(_hosts(found, words)) for words in found.values()}
    return [
        Diagnosis(subject="proxy", health=Health.OK, message=f"{hosts}: {words}")
        for words, hosts in said.items()
    ]


def _hosts(found: Mapping[str, str], words: str) -> list[str]:
    hosts = (urlsplit(url).hostname or "" for url, each in found.items() if each == words)
    return list(dict.fromkeys(hosts))


def _target(settings: Settings) -> list[Diagnosis]:
    async def look() -> list[Diagnosis]:
        async with open_client(api_settings(settings), entity_or_offer(None).endpoints) as client:
            said = client.token_notice or "accepted by the token server"
            found = [Diagnosis(subject="token", health=Health.OK, message=said)]
            found.append(await _looked("read", lambda: _first_page(client)))
            if settings.placements == "resolve":
                found.append(await _looked("names", lambda: _names(client)))
            return found

    try:
        return run_async(look)
    except LoaderError as error:
        return [
            Diagnosis(subject="token", health=Health.FAILED, message=str(error)),
            Diagnosis(subject="read", health=Health.SKIPPED, message="not tried"),
        ]


async def _looked(subject: str, look: Callable[[], Awaitable[str]]) -> Diagnosis:
    try:
        return Diagnosis(subject=subject, health=Health.OK, message=await look())
    except LoaderError as error:
        return Diagnosis(subject=subject, health=Health.FAILED, message=str(error))


async def _first_page(client: OfferClient) -> str:
    async for page in client.offers():
        return f"the offers can be listed ({len(page)} on the first page)"
    return "the offers can be listed (there is none)"


async def _names(client: OfferClient) -> str:
    placements, tags = await client.placements(), await client.tags()
    if placements is None:
        return "the API does not list placements to this credential: sheets must give ids"
    listed = f"{len(placements)} placements and {len(tags or ())} tags"
    return f"{listed} can be written by name (loader placements)"
