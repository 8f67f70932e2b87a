"""Whether two keys name one target, however its address is spelled.

A key is `ADDRESS|ORGANISATION|SANDBOX`, and `|CONTAINER` where the settings name one.
"""

import re
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_NAMES_NO_CONTAINER: Final = 3  # parts of such a key


def normalized_address(address: str) -> str:
    """Return the one spelling of an address; what is none stays as it is."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return address
    if not host:
        return address
    place = f"[{host}]" if ":" in host else host.rstrip(".")
    if port not in (None, _DEFAULT_PORTS.get(parts.scheme)):
        place += f":{port}"
    path = re.sub("/+", "/", parts.path).rstrip("/")
    return parts._replace(netloc=place, path=path).geturl()


def address_of_older_keys(address: str) -> str:
    """Return the spelling that older versions gave an address in a key."""
    parts = urlsplit(address)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def is_same_target(key: str, other: str) -> bool:
    """Say whether two keys name one place; older journals have other spellings of addresses."""
    return key == other or _parts(key) == _parts(other)


def may_be_same_target(key: str, other: str) -> bool:
    """Say whether two keys may name one place.

    Where only one names a container, the other's was found through the API: it may be that one.
    """
    parts, others = sorted((_parts(key), _parts(other)), key=len)
    is_found = len(parts) == _NAMES_NO_CONTAINER and len(others) == len(parts) + 1
    return parts == others or (is_found and parts == others[:-1])


def _parts(key: str) -> list[str]:
    address, *rest = key.split("|")
    return [normalized_address(address), *rest]
