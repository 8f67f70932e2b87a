"""Names as a server may keep them: two names that fold to one may be one offer's.

Servers were seen to trim names, to lower-case them, to make one blank of several (a no-break blank
among them), to normalise Unicode, to escape `&`; others cut long names, lose letters that their
database cannot hold, take off accents, tags and punctuation, or escape and decode a name once more
than they should. What is like ours but not equal is for a person.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_SHORTEST_CUT: Final = 40  # letters: nobody cuts names shorter
_AT_THE_CUT: Final = 4  # letters that a cut may change: one loses its accent
_LOST: Final = "?\ufffd"  # what replaces a lost letter
_LAYERS: Final = 3  # of escapes in escapes
_REMEMBERED: Final = 1024  # names: a list is compared with the same few again and again
_TAG: Final = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)


def fold_name(name: str) -> str:
    """Return a name without what a server may have changed in it."""
    plain = unicodedata.normalize("NFKC", html.unescape(name)).casefold()
    visible = "".join(" " if _is_control(letter) else letter for letter in plain)
    return " ".join(unicodedata.normalize("NFC", visible).split())


@lru_cache(_REMEMBERED)
def rough_name(name: str) -> str:
    """Return a folded name without letters that a server may have lost: emojis, or all but `?`."""
    held = "".join(one for one in fold_name(name) if one not in _LOST and ord(one) <= 0xFFFF)
    return " ".join(held.split())


@lru_cache(_REMEMBERED)
def bare_names(name: str) -> tuple[str, ...]:
    """Return the letters and digits of a name alone: without accents, escapes, tags and marks.

    A name has several forms: a server may drop marks before or after it reads escapes, or make
    "TM" of a trade mark sign; and what it changes in a mis-decoded name may make it meaningless.
    Two names of which any forms are equal may be one offer's. Of a name without letters and digits,
    or of letters that a server may lose, what `rough_name` leaves.
    """
    meant = _unescaped(name)
    forms = [name, meant, *filter(None, map(_without_marks, (name, meant))), _without_lost(name)]
    return tuple(dict.fromkeys(map(_bare, dict.fromkeys(forms))))


def _without_marks(name: str) -> str:
    return "".join(one for one in name if one.isalnum() and ord(one) <= 0xFFFF)


def _without_lost(name: str) -> str:
    return "".join(one for one in name if ord(one) <= 0xFFFF)


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", fold_name(_TAG.sub("", name)))
    return "".join(one for one in plain if one.isalnum() and ord(one) <= 0xFFFF) or rough_name(name)


def may_be_stored_as(sent: str, kept: str) -> bool:
    """Return whether a server may have stored the name `sent` as `kept`."""
    return not set(bare_names(sent)).isdisjoint(bare_names(kept)) or is_cut(
        rough_name(sent), rough_name(kept)
    )


def is_cut(whole: str, part: str) -> bool:
    """Say whether one rough name may be the beginning of another."""
    return (
        bool(beginning := beginning_of(part))
        and len(part) < len(whole)
        and (whole.startswith(beginning))
    )


def beginning_of(part: str) -> str:
    """Return how the whole of a rough name begins if it was cut; "" if it is too short for that."""
    return part[:-_AT_THE_CUT] if len(part) >= _SHORTEST_CUT else ""


def cuts_of(whole: str) -> Iterator[str]:
    """Yield the beginning of every rough name that this one may have been cut to."""
    for length in range(_SHORTEST_CUT - _AT_THE_CUT, len(whole) - _AT_THE_CUT):
        yield whole[:length]


def _unescaped(name: str) -> str:
    """Undo what a server escaped, or decoded as another encoding, perhaps more than once."""
    for _ in range(_LAYERS):
        plain = name
        with suppress(UnicodeError):
            plain = plain.encode("latin-1").decode("utf-8")
        plain = unquote(html.unescape(plain))
        if plain == name:
            break
        name = plain
    return name


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf")
