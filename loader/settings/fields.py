"""The settings: one field each, with its meaning, its default and what is accepted.

A unit is part of the name; a secret is a SecretStr. The documentation, the sample loader.toml,
`loader doctor` and the error messages all read these fields.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import PrivateAttr, SecretStr

from loader.journal_address import DatabaseAddress
from loader.proxy import Proxy, ProxySettings, proxy_for, proxy_variables
from loader.settings.access import AccessSettings
from loader.settings.declaring import setting
from loader.settings.origin import DEFAULT, Origin
from loader.settings.value_kinds import (
    Actions,
    Certificates,
    Count,
    DateFormat,
    FilePath,
    Hours,
    InFlight,
    JournalPlace,
    Password,
    ProxyAddress,
    ProxyUser,
    Rate,
    Silence,
    Timeout,
    Wait,
    Zone,
)

APPLICATION = "fallback-offer-loader"


def default_journal() -> Path:
    """Return the file of the journal where nobody names another."""
    return user_data_path(APPLICATION, appauthor=False) / "journal.sqlite3"


class Settings(AccessSettings):
    """Everything that can be set for a run. Made by `loader.settings.load_settings`."""

    max_per_second: Rate = setting(
        "Hard limit of requests per second, looks included; no burst.",
        accepts="a number above 0, at most 10000",
        default=5.0,
    )
    max_in_flight: InFlight = setting(
        "Most requests that wait for a reply at once.",
        accepts="a whole number from 1 to 512",
        default=5,
    )
    max_errors: Count | None = setting(
        "Stop the run after this many rows failed.",
        accepts="a whole number from 1",
        default=None,
        shown_default="no limit",
    )
    request_timeout_seconds: Timeout = setting(
        "Longest wait for the reply to one request.",
        accepts="seconds, above 0, at most 3600",
        default=60.0,
    )
    connect_timeout_seconds: Timeout = setting(
        "Longest wait for a connection to the server.",
        accepts="seconds, above 0, at most 3600",
        default=10.0,
    )
    ca_file: Certificates | None = setting(
        "Certificates to trust (PEM) instead of the system's, for the API and for buckets: for a"
        " company that has its own.",
        accepts="the path of a file",
        default=None,
        shown_default="the system's",
    )
    proxy: ProxyAddress | None = setting(
        "HTTP proxy for the API, the token endpoint, webhooks and buckets; none: no proxy, whatever"
        " the environment says. NO_PROXY makes exceptions.",
        accepts="an address like http://proxy.example.com:3128, or none",
        default=None,
        shown_default="what HTTPS_PROXY, HTTP_PROXY and ALL_PROXY say",
    )
    proxy_user: ProxyUser | None = setting(
        "User name at the proxy, where it wants one and the variable does not have it.",
        accepts="a user name",
        default=None,
    )
    proxy_password: Password | None = setting(
        "Password of that user. Never in loader.toml and never a flag.",
        accepts="the password",
        default=None,
    )
    proxy_password_file: FilePath | None = setting(
        "File that holds the password and nothing else.",
        accepts="the path of a file that others cannot read",
        default=None,
    )
    settle_seconds: Wait = setting(
        "Wait after a request without a reply before the offer is looked up: longer than the"
        " slowest create of the server.",
        accepts="seconds, from 0 to 86400",
        default=60.0,
    )
    on_existing: Literal["error", "skip", "duplicate"] = setting(
        "An offer of that name is on the server already: report the row, skip it, or create"
        " a second one.",
        accepts="error, skip or duplicate",
        default="error",
    )
    on_absent: Literal["resend", "hold"] = setting(
        "A row without a reply is proven not to be on the server: send it again, or leave it"
        " unknown for a person.",
        accepts="resend or hold",
        default="resend",
    )
    placements: Literal["resolve", "ids-only"] = setting(
        "Look up names of placements and tags, and what a placement tells of blank cells; or take"
        " nothing but ids.",
        accepts="resolve or ids-only",
        default="resolve",
    )
    update_guard: Literal["test", "none"] = setting(
        "Whether the target refuses an update when what it was made against has changed: test; or"
        " none, and then every update is read again afterwards. `loader doctor --write-probe` finds"
        " it out.",
        accepts="test or none",
        default="test",
    )
    approval_required: bool = setting(
        "Whether every plan must be approved by somebody else before it is applied.",
        accepts="true or false",
        default=False,
    )
    approval_above: Count | None = setting(
        "Plans with more operations than this must be approved.",
        accepts="a whole number from 1",
        default=None,
        shown_default="no limit",
    )
    approval_actions: Actions = setting(
        "Plans with any of these operations must be approved.",
        accepts="of create, update, archive and delete, separated by commas",
        default=(),
        shown_default="none",
    )
    plan_hours: Hours = setting(
        "How long after it was made a plan may be applied.",
        accepts="hours, above 0, at most 8760",
        default=24.0,
    )
    zone: Zone = setting(
        "Time zone of dates without one.",
        accepts="a name like UTC or Europe/Paris",
        default="UTC",
    )
    end_dates: Literal["start-of-day", "end-of-day"] = setting(
        "What an end date without a time means: 00:00, so that the day is not included, or the last"
        " second of that day.",
        accepts="start-of-day or end-of-day",
        default="start-of-day",
    )
    date_format: DateFormat | None = setting(
        "How dates are written in the sheet, beside ISO dates.",
        accepts="a format like DD/MM/YYYY, or %d/%m/%Y",
        default=None,
        shown_default="only ISO dates like 2026-01-31",
    )
    mapping: FilePath | None = setting(
        "How the headings and values of a foreign sheet become ours. See"
        " `loader explain mappings`.",
        accepts="the path of a TOML file",
        default=None,
        shown_default="none",
    )
    journal: JournalPlace = setting(
        "The journal: what was sent, and what became of it. In a file of this machine, or in a"
        " PostgreSQL database for several machines: `loader explain machines`.",
        accepts="the path of a file, or an address like postgresql://user@host/database",
        default=lambda _: default_journal(),
        shown_default="journal.sqlite3 in the user's data folder",
    )
    journal_password: Password | None = setting(
        "Password at the database of the journal, if PGPASSWORD, ~/.pgpass or the keyring does not"
        " give it. Never in loader.toml and never a flag.",
        accepts="the password",
        default=None,
    )
    journal_password_file: FilePath | None = setting(
        "File that holds the password and nothing else.",
        accepts="the path of a file that others cannot read",
        default=None,
    )
    takeover_seconds: Silence = setting(
        "With a journal in a database: a loader of which the database hears nothing for so long"
        " (frozen, unplugged) is replaced. One that was killed is replaced at once.",
        accepts="seconds, from 2 to 3600",
        default=10.0,
    )

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _notices: tuple[str, ...] = PrivateAttr(default=())
    _proxy_variables: dict[str, str] = PrivateAttr(default_factory=dict)

    def remember(
        self,
        *,
        origins: Mapping[str, Origin],
        notices: tuple[str, ...],
        environment: Mapping[str, str],
    ) -> None:
        """Keep who gave which value, and the proxies of the environment; once."""
        self._origins.update(origins)
        self._notices = notices
        self._proxy_variables.update(proxy_variables(environment))

    @property
    def names_proxy(self) -> bool:
        """Whether the setting decides, and not the variables of the environment."""
        return self.proxy is not None

    def proxy_for(self, address: str) -> Proxy:
        """Say through which proxy an address is reached. Raises `SettingsError`."""
        given = ProxySettings(
            url=self.proxy or "",
            user=self.proxy_user or "",
            password=self.proxy_password,
            origin=f"proxy, {self.origin('proxy')}",
            variables=self._proxy_variables,
        )
        return proxy_for(address, given)

    def origin(self, name: str) -> Origin:
        """Return who gave the value of a setting."""
        return self._origins.get(name, DEFAULT)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about the settings, though they can be used."""
        return self._notices

    def secret_values(self) -> tuple[str, ...]:
        """Give the secrets in plain text, for whoever must keep them out of a text."""
        secrets = (
            self.client_secret,
            self.access_token,
            self.proxy_password,
            self.journal_password,
        )
        in_address = self.journal.password if isinstance(self.journal, DatabaseAddress) else ""
        given = [secret.get_secret_value() for secret in secrets if secret]
        return (*given, *([in_address] if in_address else ()))

    @property
    def journal_place(self) -> Path | DatabaseAddress:
        """Where the journal is, with what is needed to reach it."""
        if isinstance(self.journal, Path):
            return self.journal
        password = self.journal_password.get_secret_value() if self.journal_password else ""
        return replace(
            self.journal,
            password=password or self.journal.password,
            silent_seconds=self.takeover_seconds,
        )

    @property
    def settles_too_soon(self) -> bool:
        """Whether an owner that was replaced could still send when the next one looks."""
        return not isinstance(self.journal, Path) and self.settle_seconds == 0.0

    @property
    def journal_file(self) -> Path:
        """The file beside which this machine keeps what is its own, wherever the journal is."""
        return self.journal if isinstance(self.journal, Path) else default_journal()

    def described(self) -> list[tuple[str, str, str]]:
        """List name, value and origin of every setting that has a value; secrets stay hidden."""
        return [
            (
                name,
                "(hidden)" if isinstance(value, SecretStr) else _shown(value),
                str(self.origin(name)),
            )
            for name, value in self
            if value is not None
        ]


CREDENTIALS = frozenset({"client_secret", "access_token"})
SECRETS = CREDENTIALS | {"proxy_password", "journal_password"}
PATHS = frozenset({"journal", "ca_file", "mapping", *(f"{name}_file" for name in SECRETS)})
NAMES = tuple(Settings.model_fields)


def _shown(value: object) -> str:
    """Return a value in the words of settings."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def accepted(name: str) -> str:
    """Say in words what a setting accepts."""
    return _words(name)["accepts"]


def shown_default(name: str) -> str:
    """Say in words what a setting is when nobody gives it; "" where it then has no value."""
    field = Settings.model_fields[name]
    words = _words(name)["shown_default"]
    if words or field.default is None:
        return words
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def _words(name: str) -> dict[str, str]:
    extra = Settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)  # noqa: S101 - `setting` made it
    return {key: str(value) for key, value in extra.items()}
