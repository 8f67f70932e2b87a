"""Use case: say whether a load would work, and what to do where it would not."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import uuid4

from loader.api.client import OfferClient, open_client
from loader.api.guard_probe import GuardProbe, probe_guards
from loader.errors import ExitCode, LoaderError
from loader.journal import open_journal, warnings_about
from loader.model import Dialect
from loader.run.reports import Diagnosis, DoctorReport, Health
from loader.run.setup.watching_settings import watching_diagnoses
from loader.run.wiring import SystemClock, api_settings, entity_or_offer, run_async
from loader.settings import Settings
from loader.settings.config_file import Document


def diagnose(
    settings: Settings,
    *,
    write_probe: bool = False,
    document: Document | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> DoctorReport:
    """Check the settings, the journal, the token (and container), and a read.

    `write_probe`: try updates too, on a draft offer that is created for it and deleted again.
    `document`: loader.toml, whose tables for a watched folder are checked too.
    """
    diagnoses = [
        Diagnosis(
            subject="settings", health=Health.OK, message=f"{settings.api} at {settings.api_url}"
        ),
        *_journal(settings),
        *_proxies(settings),
        *_target(settings, write_probe=write_probe),
        *(watching_diagnoses(document, environment=environment) if document else ()),
    ]
    failed = any(each.health is Health.FAILED for each in diagnoses)
    return DoctorReport(
        diagnoses=tuple(diagnoses), exit_code=ExitCode.TARGET if failed else ExitCode.OK
    )


def _journal(settings: Settings) -> list[Diagnosis]:
    place = settings.journal_place
    try:
        open_journal(place, clock=SystemClock().now).close()
        warnings = warnings_about(place)
    except LoaderError as error:
        return [Diagnosis(subject="journal", health=Health.FAILED, message=str(error))]
    return [
        Diagnosis(subject="journal", health=Health.OK, message=str(place)),
        *(
            Diagnosis(subject="journal", health=Health.WARNING, message=words_by_proxy)
            for words_by_proxy in warnings
        ),
    ]


def _proxies(settings: Settings) -> list[Diagnosis]:
    """Return through which proxy the API and the token endpoint are reached, and what sets it."""
    try:
        found = {url: str(settings.proxy_for(url)) for url in (settings.api_url, settings.ims_url)}
    except LoaderError as error:
        return [Diagnosis(subject="proxy", health=Health.FAILED, message=str(error))]
    hosts_by_proxy = {words: ", ".join(_hosts(found, words)) for words in found.values()}
    return [
        Diagnosis(subject="proxy", health=Health.OK, message=f"{hosts}: {words}")
        for words, hosts in hosts_by_proxy.items()
    ]


def _hosts(found: Mapping[str, str], words: str) -> list[str]:
    hosts = (urlsplit(url).hostname or "" for url, each in found.items() if each == words)
    return list(dict.fromkeys(hosts))


def _target(settings: Settings, *, write_probe: bool) -> list[Diagnosis]:
    async def probe() -> list[Diagnosis]:
        async with open_client(api_settings(settings), entity_or_offer(None).endpoints) as client:
            token = client.token_notice or "accepted by the token server"
            found = [Diagnosis(subject="token", health=Health.OK, message=token)]
            found.append(await _diagnose("read", lambda: _first_page(client)))
            if settings.placements == "resolve":
                found.append(await _diagnose("names", lambda: _names(client)))
            if write_probe:
                found += await _updates(client, settings.api)
            return found

    try:
        return run_async(probe)
    except LoaderError as error:
        return [
            Diagnosis(subject="token", health=Health.FAILED, message=str(error)),
            Diagnosis(subject="read", health=Health.SKIPPED, message="not tried"),
        ]


async def _diagnose(subject: str, check: Callable[[], Awaitable[str]]) -> Diagnosis:
    try:
        return Diagnosis(subject=subject, health=Health.OK, message=await check())
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


async def _updates(client: OfferClient, dialect: Dialect) -> list[Diagnosis]:
    name = f"loader doctor {uuid4().hex[:12]}"
    try:
        probe = await probe_guards(client, dialect, name=name)
    except LoaderError as error:
        return [Diagnosis(subject="updates", health=Health.FAILED, message=str(error))]
    found = [_guards(probe)]
    if probe.leftover:
        found.append(Diagnosis(subject="updates", health=Health.WARNING, message=probe.leftover))
    return found


def _guards(probe: GuardProbe) -> Diagnosis:
    if not probe.accepts_updates:
        health, message = Health.FAILED, "the API refused to update a draft offer"
    elif not probe.guards_values:
        health = Health.WARNING
        message = "the API ignores what an update was made for: it can overwrite somebody's edit"
    elif not probe.guards_new_values:
        health = Health.WARNING
        message = "guarded, but where an update fills in what was empty it can overwrite an edit"
    else:
        health, message = Health.OK, "guarded: an update never overwrites somebody else's edit"
    return Diagnosis(subject="updates", health=health, message=message)
