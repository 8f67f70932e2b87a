"""Hide the secrets of this process in text that came from outside, by value and in each spelling.

Whoever learns a secret calls `remember`; whoever takes in text of others calls `hidden`.
A server may repeat a secret as it is, encoded, or cut off: a piece that starts like a secret is
hidden as far as it goes on like it.
"""

import base64
import json
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "(hidden)"
_SHORTEST: Final = 6  # hiding a shorter secret would hide common words
_PIECE: Final = 12  # the start of a secret that is hidden also where the rest is missing
_MOST: Final = 64  # tokens of a long run: the oldest expired long ago

_spellings: dict[str, tuple[str, ...]] = {}


def remember(secret: str) -> None:
    """Hide this value from now on."""
    if len(secret) < _SHORTEST or secret in _spellings:
        return
    while len(_spellings) >= _MOST:
        del _spellings[next(iter(_spellings))]
    _spellings[secret] = spelled(secret)


def spelled(secret: str) -> tuple[str, ...]:
    """Return a secret in all the ways in which it is usually written, the longest first."""
    raw = secret.encode("utf-8", "surrogatepass")
    urls = {form(raw, safe=safe) for form in (quote, quote_plus) for safe in ("", "/")}
    plain = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        *urls,
    }
    return tuple(sorted(plain | {_small(each) for each in urls}, key=len, reverse=True))


def hidden(text: str) -> str:
    """Return the text without any secret of this process."""
    for spellings in tuple(_spellings.values()):
        for spelling in spellings:
            text = _without(text, spelling)
    return text


def _small(url_encoded: str) -> str:
    """Write the escapes of a URL in small letters, and nothing else."""
    first, *rest = url_encoded.split("%")
    return "%".join([first, *(each[:2].lower() + each[2:] for each in rest)])


def _without(text: str, spelling: str) -> str:
    start = spelling[:_PIECE]
    parts, after = [], 0
    while (at := text.find(start, after)) >= 0:
        end = at + len(start)
        while end < len(text) and end - at < len(spelling) and text[end] == spelling[end - at]:
            end += 1
        parts += [text[after:at], HIDDEN]
        after = end
    return "".join([*parts, text[after:]])
