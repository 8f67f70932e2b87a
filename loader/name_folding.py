"""Names as a server may keep them: two names that fold to one may be one offer's.

Servers were seen to trim names, to lower-case them, to make one blank of several (a no-break blank
among them), to normalise Unicode, to escape `&`; others cut long names, lose letters that their
database cannot hold, take off accents, tags and punctuation, or escape and decode a name once more
than they should, also in another coding. What is like ours but not equal is for a person.

Only what `fold_name` returns is kept in journals: it stays as it is.
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
_ESCAPE: Final = re.compile(r"\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|U000([\da-fA-F]{5}))")
_WITHOUT_ACCENT: Final = str.maketrans(  # what Unicode does not take apart, as databases do it
    {"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
_NARROW: Final = ("ascii", "latin-1", "cp1252")  # codings in which a server may lose letters
_MISTAKEN: Final = ("latin-1", "cp1252", "cp437", "mac-roman")  # what UTF-8 is taken for


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


@lru_cache(_REMEMBERED)
def damaged_names(sent: str) -> tuple[str, ...]:
    """Return what may be left of a name, as `bare_names` do, where a server reads another coding.

    It loses the letters that it does not know, or stores others for them. So these say what one
    name may be stored as, and never that two names that were sent are alike.
    """
    if sent.isascii():
        return ()
    plain = unicodedata.normalize("NFKD", sent)
    left = [sent.encode(coding, "ignore").decode(coding) for coding in _NARROW]
    taken = [sent.encode("utf-8", "replace").decode(coding, "replace") for coding in _MISTAKEN]
    as_utf_7 = sent.encode("utf-7", "replace").decode("ascii")
    forms = [*left, plain.encode("ascii", "ignore").decode(), *taken, as_utf_7]
    return tuple(dict.fromkeys(map(_bare, forms)))


def _without_marks(name: str) -> str:
    return "".join(one for one in name if one.isalnum() and ord(one) <= 0xFFFF)


def _without_lost(name: str) -> str:
    return "".join(one for one in name if ord(one) <= 0xFFFF)


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", fold_name(_TAG.sub("", name)))
    plain = plain.translate(_WITHOUT_ACCENT)
    return "".join(one for one in plain if one.isalnum() and ord(one) <= 0xFFFF) or rough_name(name)


def may_be_stored_as(sent: str, kept: str) -> bool:
    """Return whether a server may have stored the name `sent` as `kept`."""
    return not set(stored_names(sent)).isdisjoint(bare_names(kept)) or is_cut(
        rough_name(sent), rough_name(kept)
    )


def stored_names(sent: str) -> tuple[str, ...]:
    """Return what the bare names of a stored one may be, if it was sent under this name."""
    return tuple(dict.fromkeys((*bare_names(sent), *damaged_names(sent))))


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
        if not plain.isascii():
            with suppress(UnicodeError):
                plain = b"".join(map(_byte, plain)).decode("utf-8")
        plain = _ESCAPE.sub(_escaped_letter, plain)
        plain = unquote(html.unescape(plain))
        if plain == name:
            break
        name = plain
    return name


def _escaped_letter(escape: re.Match[str]) -> str:
    return chr(int("".join(filter(None, escape.groups())), 16))


def _byte(letter: str) -> bytes:
    """Return what a letter was, if bytes were read as Windows-1252 or Latin-1."""
    try:
        return letter.encode("cp1252")
    except UnicodeError:
        return letter.encode("latin-1")


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf")
