"""Choose the implementation behind each port, and give each part the settings that it needs.

A failure of one task comes out as itself, not as a group of exceptions.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import anyio
import orjson
from pydantic import SecretStr

from loader.api.target import ApiSettings
from loader.delivery.ports import OnExisting, Policy
from loader.errors import LoaderError, SettingsError
from loader.journal_address import DatabaseAddress
from loader.model import Quoting
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.model import Profile
from loader.run.embedded_sandbox import sandbox_file, shared_sandbox
from loader.run.requests import Reading
from loader.same_target import is_same_target
from loader.settings import Settings
from loader.settings.origin import DEFAULT
from loader.settings.required import require_target
from loader.source.options import ReadOptions
from loader.target_words import EMBEDDED, is_embedded, target_in_words
from loader.validation.editing import Editing
from loader.validation.entity import Entity
from loader.validation.fields import Fields
from loader.validation.header import known_headings

if TYPE_CHECKING:
    from loader.journal import RunRecord  # a check opens no journal

_LEAVES_WITHIN_SECONDS: Final = 15.0
T = TypeVar("T")


class SystemClock:
    """The clock of this machine."""

    now = staticmethod(time.time)  # UTC seconds since the epoch
    monotonic = staticmethod(time.monotonic)  # seconds that only grow

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where entities of one kind go. `key` names it in the journal, `words` for a person."""

    entity: Entity
    api: ApiSettings
    key: str
    words: str
    settle_seconds: float

    @property
    def editing(self) -> Editing:
        """How the entities are kept by a sheet. Raises `SettingsError` where they are not."""
        if self.entity.editing is None:
            raise SettingsError(f"{self.entity.plural} cannot be kept by a sheet: only be created")
        return self.entity.editing


def entity_or_offer(entity: Entity | None) -> Entity:
    """Return the kind of entity that a request names; fallback offers where it names none."""
    return entity or FALLBACK_OFFER


def read_options(reading: Reading, profile: Profile, fields: Fields) -> ReadOptions:
    """Return how to read sources: as this run's request says, else as the profile says."""
    return ReadOptions(
        sheet=None if reading.sheets else reading.sheet or profile.sheet,
        sheets=reading.sheets,
        encoding=reading.encoding or profile.encoding,
        delimiter=reading.delimiter or profile.delimiter,
        quoting=Quoting(reading.quoting or profile.quoting),
        header_row=reading.header_row or profile.header_row,
        looks_like_header=known_headings(fields, profile.headings),
        skip_hidden=reading.skip_hidden_rows,
    )


def policy(settings: Settings, target: Target) -> Policy:
    """Return the delivery policy of the settings."""
    return Policy(
        max_per_second=settings.max_per_second,
        max_in_flight=settings.max_in_flight,
        max_errors=settings.max_errors,
        settle_seconds=target.settle_seconds,
        max_intent_age_seconds=_max_intent_age(settings, target.settle_seconds),
        resend_absent=settings.on_absent == "resend",
        on_existing=OnExisting(settings.on_existing),
        reads_after_update=settings.update_guard == "none",
    )


def _max_intent_age(settings: Settings, settle_seconds: float) -> float:
    """Return how old an intent may be when its request leaves.

    On one machine nobody takes over from a loader that lives before 30 seconds are over. In a
    database the next owner may begin at once, and then waits for the settle time.
    """
    is_shared = isinstance(settings.journal, DatabaseAddress)
    return min(_LEAVES_WITHIN_SECONDS, settle_seconds / 2) if is_shared else _LEAVES_WITHIN_SECONDS


def api_settings(settings: Settings) -> ApiSettings:
    """Return what the API part needs."""
    return ApiSettings(
        dialect=settings.api,
        api_url=settings.api_url,
        ims_url=settings.ims_url,
        client_id=settings.client_id or "",
        client_secret=settings.client_secret,
        access_token=settings.access_token,
        scopes=settings.scopes,
        org_id=settings.org_id or "",
        sandbox_name=settings.sandbox_name or "",
        container_id=settings.container_id or "",
        xcore_envelope=settings.xcore_envelope,
        external_id_attribute=settings.external_id_attribute or "",
        request_timeout_seconds=settings.request_timeout_seconds,
        connect_timeout_seconds=settings.connect_timeout_seconds,
        max_in_flight=settings.max_in_flight,
        ca_file=str(settings.ca_file or ""),
        api_proxy=settings.proxy_for(settings.api_url),
        ims_proxy=settings.proxy_for(settings.ims_url),
    )


def target_key(settings: Settings, *, sandbox: bool) -> str:
    """Return the journal's key of the target of the settings, or of their embedded sandbox."""
    if sandbox:
        return f"{EMBEDDED}|{sandbox_file(settings).resolve()}|{settings.api}"
    return api_settings(settings).target()


@contextmanager
def open_target(
    settings: Settings, entity: Entity | None = None, *, sandbox: bool
) -> Iterator[Target]:
    """Yield the target of the settings, or an embedded sandbox whose file is beside the journal."""
    entity = entity_or_offer(entity)
    if not sandbox:
        require_target(settings)
        api = api_settings(settings)
        host = urlsplit(api.base_url).hostname
        words = f"{host}, organisation {api.org_id}, sandbox {api.sandbox_name} ({api.dialect})"
        yield Target(
            entity=entity,
            api=api,
            key=target_key(settings, sandbox=False),
            words=words,
            settle_seconds=settings.settle_seconds,
        )
        return
    from loader.journal import check_journal_file  # noqa: PLC0415 - a check opens no journal

    check_journal_file(settings.journal_file)  # before a file is made beside it
    state = sandbox_file(settings)
    asked = settings.origin("settle_seconds") is not DEFAULT
    with shared_sandbox(state) as local:
        api = ApiSettings(
            dialect=settings.api,
            api_url=local.api_url(str(settings.api)),
            ims_url=local.ims_url,
            client_id=local.client_id,
            client_secret=SecretStr(local.client_secret),
            scopes=settings.scopes,
            org_id=local.org_id,
            sandbox_name=local.sandbox_name,
            xcore_envelope=settings.xcore_envelope,
            request_timeout_seconds=settings.request_timeout_seconds,
            max_in_flight=settings.max_in_flight,
        )
        yield Target(
            entity=entity,
            api=api,
            key=target_key(settings, sandbox=True),
            words=f"the embedded sandbox ({state})",
            settle_seconds=settings.settle_seconds if asked else 1.0,
        )


@contextmanager
def run_target(run: "RunRecord", settings: Settings, entity: Entity | None) -> Iterator[Target]:
    """Yield the target of a run; raise `SettingsError` where the settings name another one."""
    with open_target(settings, entity, sandbox=is_embedded(run.target)) as target:
        if not is_same_target(target.key, run.target):
            is_plan = run.command == "plan"
            what = f"the plan {run.run_id} is for" if is_plan else f"run {run.run_id} went to"
            raise SettingsError(
                f"{what} {target_in_words(run.target)}, but the settings name"
                f" {target_in_words(target.key)}: use"
                " the settings (or the profile of settings) of that run"
            )
        yield replace(target, key=run.target)


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in an event loop; of the errors of its tasks, the loader's own comes out."""
    try:
        return anyio.run(work)
    except BaseExceptionGroup as group:
        ours = group.subgroup(LoaderError)
        if ours is not None:
            raise _innermost(ours) from group
        raise


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def to_json_text(options: object) -> str:
    """Return a value as one line for the journal."""
    return orjson.dumps(options, default=str).decode()
