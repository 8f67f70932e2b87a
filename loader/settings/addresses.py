"""Which addresses the loader may talk to: https anywhere, plain http only on this machine."""

from urllib.parse import SplitResult, urlsplit

from loader.proxy import is_loopback


def checked_url(url: str) -> str:
    """Give the address without its trailing slash, or raise ValueError saying what is wrong."""
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
