"""Names as a server keeps them: some trim, cut or normalise what they were sent; pure."""

import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from offer_sandbox.settings import KeptNames

_NO_BREAK: Final = "\u00a0\u202f\u2007"  # blanks that do not break a line
_LONGEST: Final = 64
_PLAIN: Final = str.maketrans(dict.fromkeys(_NO_BREAK, " "))


def _one_blank(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", _one_blank(name)).lower()


def _without_accents(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not _is_accent(one))


def _is_accent(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"


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
    "escaped": lambda name: html.escape(html.escape(name)),
    "percent-encoded": lambda name: quote(name, safe="", errors="replace"),
    "mis-decoded": lambda name: name.encode("utf-8", "replace").decode("latin-1"),
    "without-accents": _without_accents,
    "without-marks": lambda name: re.sub(r"[^\w ]", "", name).replace(" ", "_"),
    "without-tags": lambda name: re.sub(r"</?[a-z][^<>]*>", "", name),
    "replaced": lambda name: f"offer-{zlib.crc32(name.encode('utf-8', 'replace')):08x}",
}


def kept_name(name: str, how: KeptNames) -> str:
    """Return a name as it is kept."""
    return _WAYS[how](name)
