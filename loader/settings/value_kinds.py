"""The kinds of value that settings have, and what is wrong with a value that is not of its kind.

A check returns the value in its one written form, or raises ValueError with a phrase that goes
behind "NAME (where it came from): ". It never repeats the value, which may be a secret.
"""

import os
import re
import ssl
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from loader.journal_address import DatabaseAddress, is_database
from loader.proxy import is_loopback, normalize_proxy
from loader.tables import written_dates
from loader.tables.zones import zone_exists


def _url(url: str) -> str:
    """Return an address without its trailing slash: https, or plain http on this machine only."""
    if any(not 0x21 <= ord(character) <= 0x7E for character in url):
        raise ValueError("an address has no spaces, control or foreign characters")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(
            "a whole address is expected, like https://platform.adobe.io/data/core/dps"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("a user name or password does not belong in an address")
    if parts.query or parts.fragment:
        raise ValueError("an address without ? and # is expected")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("https is needed; plain http is allowed only to this machine (127.0.0.1)")
    _check_port(parts)
    return url.rstrip("/")


def _check_port(parts: SplitResult) -> None:
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the port is not a number from 1 to 65535") from error
    if port == 0:
        raise ValueError("the port is not a number from 1 to 65535")


def _header_value(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("it has a space, control or foreign character, or is empty")
    return text


def _sandbox_name(text: str) -> str:
    try:
        return _header_value(text)
    except ValueError as error:
        raise ValueError(f"{error}; the name, such as dev, is expected, not the title") from error


def _path_segment(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:~-]+", text) or set(text) == {"."}:
        raise ValueError("only letters, digits and . _ : ~ - are expected")
    return text


def _secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]+", secret.get_secret_value()):
        raise ValueError(
            "it has a space, control or foreign character, or is empty;"
            " give the bare value, without quotes and without 'Bearer'"
        )
    return secret


def _password(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isprintable():
        raise ValueError("it has a control character, or is empty")
    return secret


def _proxy_user(name: str) -> str:
    if not name.isprintable() or ":" in name or not name:
        raise ValueError("a user name without colons and control characters is expected")
    return name


def _scopes(value: object) -> object:
    """Accept a TOML list, or names separated by commas or spaces."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        value = ",".join(value)
    if isinstance(value, str):
        return ",".join(re.split(r"[,\s]+", value.strip(", \t\n")))
    return value


def _path(path: Path) -> Path:
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise ValueError("it has a character that no path can have") from error
    if "\0" in str(path):
        raise ValueError("it has a NUL character, which no path can have")
    return path


def _journal(value: object) -> object:
    """Take an address of a database as that, and anything else as the path of a file."""
    if isinstance(value, DatabaseAddress):
        return value
    if isinstance(value, str) and is_database(value):
        return DatabaseAddress.parse(value)
    if isinstance(value, str | Path):
        return _path(Path(value))
    raise ValueError("the path of a file or the address of a database is expected")


def _certificates(path: Path) -> Path:
    """Open and parse what will be trusted: a mistake in it would look like a network's."""
    if not path.is_file():
        raise ValueError("there is no such file" if not path.exists() else "it is not a file")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        trust.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise ValueError("it holds no certificate in PEM form") from error
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror or error}") from error
    if not trust.cert_store_stats()["x509"]:
        raise ValueError("it holds no certificate in PEM form")
    return path


def _zone(name: str) -> str:
    if not zone_exists(name):
        raise ValueError("no such time zone; a name like UTC or Europe/Paris is expected")
    return name


def _date_format(text: str) -> str:
    written_dates.compile_date_format(text)
    return text


def _attribute_name(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError("the name of an attribute is expected")
    return name


def _not_a_boolean(value: object) -> object:
    """Refuse `true` where a number is expected: pydantic would take it for 1."""
    if isinstance(value, bool):
        raise ValueError("a number is expected, not true or false")  # noqa: TRY004 - pydantic turns only ValueError into a problem
    return value


def _actions(value: object) -> object:
    """Accept words in one text, as a variable or a flag gives them."""
    return tuple(re.split(r"[,\s]+", value.strip(", \t\n"))) if isinstance(value, str) else value


Actions = Annotated[
    tuple[Literal["create", "update", "archive", "delete"], ...], BeforeValidator(_actions)
]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
SandboxName = Annotated[str, AfterValidator(_sandbox_name)]
PathSegment = Annotated[str, AfterValidator(_path_segment)]
FilePath = Annotated[Path, AfterValidator(_path)]
JournalPlace = Annotated[Path | DatabaseAddress, BeforeValidator(_journal)]
Certificates = Annotated[Path, AfterValidator(_path), AfterValidator(_certificates)]
Url = Annotated[str, AfterValidator(_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Password = Annotated[SecretStr, AfterValidator(_password)]
ProxyAddress = Annotated[str, AfterValidator(normalize_proxy)]
ProxyUser = Annotated[str, AfterValidator(_proxy_user)]
Scopes = Annotated[str, BeforeValidator(_scopes), AfterValidator(_header_value)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
Zone = Annotated[str, AfterValidator(_zone)]
AttributeName = Annotated[str, AfterValidator(_attribute_name)]
Number = BeforeValidator(_not_a_boolean)
Rate = Annotated[float, Number, Field(gt=0, le=10_000)]
InFlight = Annotated[int, Number, Field(ge=1, le=512)]
Count = Annotated[int, Number, Field(ge=1)]
Timeout = Annotated[float, Number, Field(gt=0, le=3600)]
Hours = Annotated[float, Number, Field(gt=0, le=8_760)]
Wait = Annotated[float, Number, Field(ge=0, le=86_400)]
Silence = Annotated[float, Number, Field(ge=2, le=3_600)]
