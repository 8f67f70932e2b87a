"""`[web]` in loader.toml: the page that `loader web` serves.

[web]
port = 8470

# Only to serve others than this machine (`loader web --listen`):
public_url = "https://offers.example.com"
user_header = "X-Forwarded-User"
trusted_proxies = ["10.0.0.5"]
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from loader.settings.config_file import Document
from loader.settings.declaring import setting
from loader.settings.toml_tables import CLOSED, read_table
from loader.settings.value_kinds import FilePath, Number

_PATHS: Final = ("certificate", "certificate_key")


def _header(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
        raise ValueError("the name of a header is expected, like X-Forwarded-User")
    return name


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("an IP address or a network like 10.0.0.0/8 is expected") from None
    return text


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("an address like https://offers.example.com is expected, without a path")
    return f"https://{parts.netloc.lower()}"


class WebSettings(BaseModel):
    """`[web]`."""

    model_config = CLOSED

    port: Annotated[int, Number, Field(ge=0, le=65_535)] = setting(
        "Port of the page.",
        accepts="a whole number from 0 to 65535",
        default=0,
        shown_default="a free one",
    )
    upload_mb: Annotated[int, Number, Field(ge=1, le=4_096)] = setting(
        "Largest file that may be dropped on the page, in megabytes.",
        accepts="a whole number from 1 to 4096",
        default=200,
    )
    inbox: str | None = setting(
        "Inbox whose waiting files the start page shows.",
        accepts="a folder or an address, as for `loader watch`",
        default=None,
        shown_default="none",
    )
    public_url: Annotated[str, AfterValidator(_public_url)] | None = setting(
        "Address under which others reach the page; needed with --listen.",
        accepts="an https address without a path",
        default=None,
        shown_default="none",
    )
    certificate: FilePath | None = setting(
        "Certificate of the server (PEM, with its chain), to serve others without a proxy.",
        accepts="the path of a file",
        default=None,
        shown_default="none",
    )
    certificate_key: FilePath | None = setting(
        "Private key of that certificate (PEM).",
        accepts="the path of a file that others cannot read",
        default=None,
        shown_default="none",
    )
    user_header: Annotated[str, AfterValidator(_header)] | None = setting(
        "Header in which a trusted proxy names the person who signed in; the proxy must remove it"
        " from what it receives. The name goes into the audit and into approvals.",
        accepts="the name of a header",
        default=None,
        shown_default="none",
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = setting(
        "Addresses of the proxies that may name the person: nobody else is answered then.",
        accepts="a list of IP addresses or networks",
        default=(),
        shown_default="none",
    )


def web_settings(document: Document) -> WebSettings:
    """Read `[web]`, or raise SettingsError naming every problem."""
    made = read_table(document, "web", WebSettings)
    folder = (document.path or Path()).parent
    paths = {name: getattr(made, name) for name in _PATHS}
    found = {name: folder / path.expanduser() for name, path in paths.items() if path is not None}
    return made.model_copy(update=found)
