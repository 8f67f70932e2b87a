"""How an inbox elsewhere is written: s3://bucket/prefix, sftp://user@host/path, and so on.

A password in an address is refused and not repeated: it would be in the history of the shell, in
the list of processes and in every log.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from loader.errors import SettingsError

_SFTP: Final = "sftp"
_NOT_WRITABLE: Final = ("http", "https")
_LOCAL: Final = ("file", "local")
_ADVICE: Final = {
    _SFTP: "use a key: the ssh agent, or IdentityFile in ~/.ssh/config",
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    """An address, in its parts. `path` has no slash at its end; `user` may be ""."""

    scheme: str
    host: str  # or the bucket
    port: int | None
    user: str
    path: str

    @property
    def is_sftp(self) -> bool:
        """Whether it is an SFTP server."""
        return self.scheme == _SFTP

    def __str__(self) -> str:
        """Write it as one address; there is no secret in it."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}"


def remote_address(text: str) -> RemoteAddress | None:
    """Read an address, or return None where `text` is a path. Raises `SettingsError`."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return None
    scheme = scheme.lower()
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        raise _refused(scheme, "it is not an address: SCHEME://HOST/PATH is expected") from None
    if parts.password is not None or (parts.username and scheme != _SFTP):
        advice = _ADVICE.get(scheme, "use what the library for it reads from the environment")
        raise _refused(scheme, f"a password or key does not belong in an address; {advice}")
    shown = f"{scheme}://{parts.netloc}{parts.path}"
    if parts.query or parts.fragment:
        raise _refused(shown, "an address without ? and # is expected")
    if scheme in _LOCAL:
        raise _refused(shown, "give the path of a folder of this machine as a path")
    if scheme in _NOT_WRITABLE:
        raise _refused(shown, "a web server has no folders to take files out of")
    if not parts.hostname:
        raise _refused(shown, "the host (or the bucket) is missing")
    return RemoteAddress(
        scheme=scheme,
        host=parts.hostname if scheme == _SFTP else parts.netloc,
        port=port,
        user=unquote(parts.username or ""),
        path=unquote(parts.path).rstrip("/") if scheme == _SFTP else parts.path.rstrip("/"),
    )


def _refused(shown: str, reason: str) -> SettingsError:
    return SettingsError(f"inbox {shown}: {reason}")
