"""How each encoding that is possible reads a text, the one that looks most like writing first.

Pure. It looks at words, not at a language: letters of one alphabet, capitals only at the start or
everywhere. So the right reading is among the first, and a person sees which it is.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice

POSSIBLE = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("iso-8859-15", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "koi8_r", "cp850"),
    *("cp437", "cp852", "cp866", "mac_roman", "mac_cyrillic", "cp932", "euc_jp", "cp949"),
    *("gb18030", "big5"),
)
MOST_READINGS = 8
MOST_PLACES = 200
PLACE = re.compile(rb"[\x20-\x7e]{0,15}[\x80-\xff].{0,24}", re.DOTALL)
SAMPLE_CHARACTERS = 4_096
WORD = re.compile(r"[^\W\d_]+")
# Alphabets that occur together in one word.
TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK", "HALFWIDTH": "CJK"}
PUNCTUATION = frozenset("’‘“”„–—…«»°®©™·•\xa0€£§¿¡²³½ªº´、。「」・，．！？：；（）《》№")


def readings(lines: bytes) -> list[tuple[str, str]]:
    """Return encodings and how they read a place where they differ."""
    found = [
        (-plausibility(text), rank, name, text)
        for rank, name in enumerate(POSSIBLE)
        if (text := decoded(lines, name)) is not None and sample(text).isprintable()
    ]
    distinct: dict[str, str] = {}
    for _, _, name, text in sorted(found):
        distinct.setdefault(text, name)
    names = list(distinct.values())[:MOST_READINGS]
    place = max(_places(lines), key=lambda place: len(set(_read(place, names))), default=b"")
    return list(zip(names, _read(place, names), strict=True))


def _places(lines: bytes) -> list[bytes]:
    """Return pieces that begin before bytes beyond ASCII, never within a character."""
    return [found[0] for found in islice(PLACE.finditer(lines), MOST_PLACES)]


def _read(place: bytes, names: list[str]) -> list[str]:
    return [" ".join(place.decode(name, "ignore").split()) for name in names]


def decoded(lines: bytes, name: str) -> str | None:
    """Return the text in this encoding, or None where it has bytes that are not."""
    try:
        return lines.decode(name)
    except UnicodeDecodeError:
        return None


def plausibility(text: str) -> float:
    """Return which share of the characters beyond ASCII looks like writing."""
    text = text[:SAMPLE_CHARACTERS]
    foreign = sum(not character.isascii() for character in text)
    good = sum(character in PUNCTUATION for character in text)
    for word in WORD.findall(text):
        if not word.isascii() and _is_like_a_word(word):
            good += sum(not character.isascii() for character in word)
    return good / foreign if foreign else 0.0


def highest_plausibility(lines: bytes) -> float:
    """Return the plausibility of the reading that looks most like writing."""
    texts = (decoded(lines, name) for name in POSSIBLE)
    return max((plausibility(text) for text in texts if text is not None), default=0.0)


def _is_like_a_word(word: str) -> bool:
    alphabets = {_alphabet(character) for character in word}
    return len(alphabets) == 1 and (word[1:] == word[1:].lower() or word == word.upper())


@lru_cache(maxsize=4_096)
def _alphabet(character: str) -> str:
    first = unicodedata.name(character, "").partition(" ")[0]
    return TOGETHER.get(first, first)


def sample(text: str) -> str:
    """Return the surroundings of the first character beyond ASCII."""
    at = next((i for i, character in enumerate(text) if character > "\x7f"), 0)
    return " ".join(text[max(0, at - 15) : at + 25].split())
