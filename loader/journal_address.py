"""The address of a journal in PostgreSQL: what may be shown of it, and its password apart."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

SCHEMES: Final = ("postgresql", "postgres")
_SECRET_PARAMETERS: Final = frozenset({"password", "sslpassword"})


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A database. `url` may be shown: the password is not in it."""

    url: str
    password: str = field(default="", repr=False)
    silent_seconds: float = 10.0  # an owner that is silent for longer is replaced

    def __str__(self) -> str:
        return self.url

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address that a URL gives. Raises ValueError, which does not repeat it."""
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError("it is not a URL") from None
        login, at, hosts = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        parameters = parse_qsl(parts.query, keep_blank_values=True)
        if any(name == "sslpassword" for name, _ in parameters):
            raise ValueError("the password of a key does not belong into a URL")
        given = [value for name, value in parameters if name == "password"]
        query = urlencode(
            [pair for pair in parameters if pair[0] not in _SECRET_PARAMETERS], quote_via=quote
        )
        netloc = f"{user}{at if user else ''}{hosts}"
        url = urlunsplit(("postgresql", netloc, parts.path, query, ""))
        if not url.startswith("postgresql://"):  # urlunsplit leaves an empty host out
            url = f"postgresql://{url.removeprefix('postgresql:')}"
        return cls(url, given[-1] if given else unquote(password))


def is_database(text: str) -> bool:
    """Say whether a text is meant as the address of a database, not as the path of a file."""
    return text.partition("://")[0].lower() in SCHEMES and "://" in text
