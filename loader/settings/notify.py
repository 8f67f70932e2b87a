"""`[notify]` in loader.toml: who is notified when a file ends, by webhook and by e-mail.

    [notify]
    outcomes = ["failed", "loaded-with-errors"]

    [notify.webhook]
    shape = "slack"            # its address is a secret: LOADER_WEBHOOK_URL, or url_file

    [notify.email]
    host = "smtp.example.com"
    sender = "loader@example.com"
    recipients = ["offers@example.com"]
    user = "loader"            # its password: LOADER_SMTP_PASSWORD, or password_file

A secret is in the environment or in a file of its own, never here. Every problem is named at once.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, model_validator

from loader.proxy import is_loopback
from loader.settings.config_file import Document
from loader.settings.declaring import setting
from loader.settings.layers import Given, Layer
from loader.settings.origin import Origin, OriginKind, variable
from loader.settings.secrets import secret_layer
from loader.settings.toml_tables import CLOSED, made_from, refuse, table_of
from loader.settings.value_kinds import Certificates, Number

SECRET_OF = {"url": "webhook_url", "password": "smtp_password"}  # LOADER_ and this in capitals
OUTCOMES = ("loaded", "loaded-with-errors", "duplicate", "failed", "waiting")

Outcomes = tuple[Literal["loaded", "loaded-with-errors", "duplicate", "failed", "waiting"], ...]


def _secret_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        raise ValueError("it has a space, control or foreign character, or is empty")
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("a whole address is expected, like https://hooks.example.com/…")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("https is needed; plain http is allowed only to this machine (127.0.0.1)")
    return secret


def _mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;\"()]+@[^\s@<>,;\"()]+", text):
        raise ValueError("one address like name@example.com is expected")
    return text


def _several(value: object) -> object:
    """Accept one address where a list is expected."""
    return [value] if isinstance(value, str) else value


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Recipients = Annotated[tuple[Mailbox, ...], BeforeValidator(_several), Field(min_length=1)]
Port = Annotated[int, Number, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Number, Field(gt=0, le=600)]
Pause = Annotated[float, Number, Field(ge=0, le=604_800)]
Size = Annotated[int, Number, Field(ge=0, le=100_000_000)]


class WebhookSettings(BaseModel):
    """`[notify.webhook]`. Its address comes from LOADER_WEBHOOK_URL or `url_file`."""

    model_config = CLOSED

    url: Annotated[SecretStr, AfterValidator(_secret_url)] = setting(
        "Address that is posted to. Whoever knows it can post, so it is a secret: never here.",
        accepts="an https address (plain http only to this machine)",
    )
    shape: Literal["json", "slack", "teams"] = setting(
        "What is posted: the whole summary as JSON, or a message as Slack or Teams expects it.",
        accepts="json, slack or teams",
        default="json",
    )
    timeout_seconds: Seconds = setting(
        "Longest wait for the other side.", accepts="seconds, above 0, at most 600", default=10.0
    )


class EmailSettings(BaseModel):
    """`[notify.email]`. Its password comes from LOADER_SMTP_PASSWORD or `password_file`."""

    model_config = CLOSED

    host: str = setting("Mail server.", accepts="the name of a host")
    security: Literal["starttls", "tls", "none"] = setting(
        "How the connection is made private: STARTTLS, TLS from the start, or not at all.",
        accepts="starttls, tls or none",
        default="starttls",
    )
    port: Port | None = setting(
        "Port of the mail server.",
        accepts="a whole number from 1 to 65535",
        default=None,
        shown_default="587; 465 with tls, 25 with none",
    )
    user: str | None = setting(
        "Who logs in to the mail server.", accepts="a user name", default=None
    )
    password: SecretStr | None = setting(
        "Password of that user. Never here.", accepts="the password", default=None
    )
    ca_file: Certificates | None = setting(
        "Certificates to trust (PEM) instead of the system's.",
        accepts="the path of a file",
        default=None,
    )
    sender: Mailbox = setting("Address in From.", accepts="one address like name@example.com")
    recipients: Recipients = setting("Who gets the e-mail.", accepts="a list of addresses")
    attach_at_most_bytes: Size = setting(
        "Largest results workbook to attach; 0: never attach, say where it lies.",
        accepts="a whole number of bytes, at most 100000000",
        default=5_000_000,
    )
    timeout_seconds: Seconds = setting(
        "Longest wait for the other side.", accepts="seconds, above 0, at most 600", default=30.0
    )

    @model_validator(mode="after")
    def _login_is_whole_and_private(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError(
                "user and password belong together: set both (the password as"
                " LOADER_SMTP_PASSWORD or password_file), or neither"
            )
        if self.user and self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                'security = "none" would send the password in the clear; use starttls or tls'
            )
        return self

    @property
    def real_port(self) -> int:
        """The port, or the usual one."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class NotifyRules(BaseModel):
    """`[notify]` itself: which outcomes and outages are notified."""

    model_config = CLOSED

    outcomes: Outcomes = setting(
        "Which endings are notified.",
        accepts=f"a list of {', '.join(OUTCOMES)}",
        default=("loaded", "loaded-with-errors", "duplicate", "failed"),
    )
    trouble_after_seconds: Pause = setting(
        "How long a folder waits (for the API, the journal …) before that is notified; 0: never.",
        accepts="seconds, from 0 to 604800",
        default=1800.0,
    )
    link_root: str = setting(
        "Where people can open the inbox (a web address or a share); links start with it.",
        accepts="an address or a path",
        default="",
        shown_default="the paths as the loader sees them",
    )


class NotifySettings(BaseModel):
    """Who is notified, and when."""

    model_config = CLOSED

    rules: NotifyRules = NotifyRules()
    webhook: WebhookSettings | None = None
    email: EmailSettings | None = None

    def secret_values(self) -> tuple[str, ...]:
        """Give the secrets in plain text, for whoever must keep them out of a text."""
        secrets = (
            self.webhook.url if self.webhook else None,
            self.email.password if self.email else None,
        )
        return tuple(secret.get_secret_value() for secret in secrets if secret)


def notify_settings(document: Document, *, environment: Mapping[str, str]) -> NotifySettings:
    """Read `[notify]`, or raise SettingsError naming every problem.

    A webhook is called where its address is given, an e-mail sent where its table is there.
    """
    problems: list[str] = []
    tables = table_of(document.tables, "notify", problems)
    parts: dict[str, BaseModel | None] = {}
    for name, secret, model in (
        ("webhook", "url", WebhookSettings),
        ("email", "password", EmailSettings),
    ):
        origin = f"notify.{name} in {document.path}"
        there = name in tables
        table = table_of(tables, name, problems)
        tables.pop(name, None)
        _with_secret(
            table,
            secret,
            origin=origin,
            folder=(document.path or Path()).parent,
            environment=environment,
            problems=problems,
        )
        if there or (name == "webhook" and "url" in table):
            parts[name] = made_from(model, table, origin=origin, problems=problems)
    origin = f"notify in {document.path}"
    rules = made_from(NotifyRules, tables, origin=origin, problems=problems)
    refuse(problems)
    return NotifySettings.model_validate({"rules": rules, **parts})


def _with_secret(
    table: dict[str, object],
    field: str,
    *,
    origin: str,
    folder: Path,
    environment: Mapping[str, str],
    problems: list[str],
) -> None:
    """Put the secret into its table, from the environment or from the file that is named."""
    name = SECRET_OF[field]
    if table.pop(field, None) is not None:
        problems.append(
            f"{field} ({origin}): a secret does not belong in loader.toml; set"
            f" LOADER_{name.upper()}, or put it into a file of its own and set {field}_file"
        )
    given = {
        key: Given(value=environment[in_environment], origin=variable(in_environment))
        for key in (name, f"{name}_file")
        if environment.get(in_environment := f"LOADER_{key.upper()}")
    }
    layers = [Layer(values=given)]
    file = table.pop(f"{field}_file", None)
    if file is not None:
        path = folder / Path(str(file)).expanduser()
        layers.append(
            Layer(
                values={
                    f"{name}_file": Given(value=path, origin=Origin(OriginKind.PROFILE, origin))
                }
            )
        )
    found = secret_layer(name, layers)
    problems += found.problems
    if name in found.values:
        table[field] = SecretStr(str(found.values[name].value))
