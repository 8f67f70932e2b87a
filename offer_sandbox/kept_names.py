"""Texts as a server keeps them: some trim, cut or normalise names, or read another coding; pure."""

import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any, Final
from urllib.parse import quote

from offer_sandbox.json_values import same
from offer_sandbox.settings import KeptNames

_NO_BREAK: Final = "\u00a0\u202f\u2007"  # blanks that do not break a line
_LONGEST: Final = 64
_UNDEFINED: Final = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # in Windows-1252
_OF_ALL_TEXTS: Final = ("mis-decoded", "mis-decoded-1252", "latin-1", "three-bytes")
_PLAIN: Final = str.maketrans(dict.fromkeys(_NO_BREAK, " "))


def _one_blank(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", _one_blank(name)).lower()


def _without_accents(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not _is_accent(one))


def _is_accent(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"


def _as_windows_1252(name: str) -> str:
    """Read UTF-8 as Windows-1252, as browsers do: a byte that has no letter there is a control."""
    return "".join(
        bytes([byte]).decode("cp1252") if byte not in _UNDEFINED else chr(byte)
        for byte in name.encode("utf-8", "replace")
    )


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
    "mis-decoded-1252": _as_windows_1252,
    "latin-1": lambda name: name.encode("latin-1", "replace").decode("latin-1"),
    "without-accents": _without_accents,
    "without-marks": lambda name: re.sub(r"[^\w ]", "", name).replace(" ", "_"),
    "without-tags": lambda name: re.sub(r"</?[a-z][^<>]*>", "", name),
    "replaced": lambda name: f"offer-{zlib.crc32(name.encode('utf-8', 'replace')):08x}",
}


def kept_name(name: str, how: KeptNames) -> str:
    """Return a name as it is kept."""
    return _WAYS[how](name)


def kept_body(
    offer: Mapping[str, Any], held: Mapping[str, Any], how: KeptNames, *, name_field: str
) -> dict[str, Any]:  # Any: JSON
    """Return an offer as it is kept; what is as it was held before stays so.

    Who reads another coding reads the whole body so.
    """
    fields = offer if how in _OF_ALL_TEXTS else (name_field,)
    changed = {field: _kept(offer[field], held.get(field), how) for field in fields}
    return {**offer, **changed}


def _kept(value: Any, held: Any, how: KeptNames) -> Any:  # Any: JSON
    if same(value, held):
        return value
    if isinstance(value, dict):
        fields = held if isinstance(held, dict) else {}
        return {name: _kept(each, fields.get(name), how) for name, each in value.items()}
    if isinstance(value, list):
        items = chain(held if isinstance(held, list) else (), repeat(None))
        return [_kept(each, before, how) for each, before in zip(value, items, strict=False)]
    return kept_name(value, how) if isinstance(value, str) else value
