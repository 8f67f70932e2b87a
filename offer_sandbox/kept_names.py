"""Names as a server keeps them: some trim, cut or normalise what they were sent; pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from offer_sandbox.settings import KeptNames

_NO_BREAK: Final = "\u00a0\u202f\u2007"  # blanks that do not break a line
_LONGEST: Final = 64
_PLAIN: Final = str.maketrans(dict.fromkeys(_NO_BREAK, " "))


def _one_blank(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", _one_blank(name)).lower()


_WAYS: Final[Mapping[KeptNames, Callable[[str], str]]] = {
    "sent": str,
    "trimmed": str.strip,
    "lower-case": str.lower,
    "one-blank": _one_blank,
    "plain-blanks": lambda name: name.translate(_PLAIN),
    "nfc": lambda name: unicodedata.normalize("NFC", name),
    "folded": _folded,
    "cut": lambda name: name[:_LONGEST],
    "three-bytes": lambda name: "".join("?" if ord(one) > 0xFFFF else one for one in name),
}


def kept_name(name: str, how: KeptNames) -> str:
    """Return a name as it is kept."""
    return _WAYS[how](name)
