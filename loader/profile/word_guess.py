"""What the words of a closed column (status, type) plainly mean.

Rules of this file: pure; only what means one thing in every sheet; what is merely like a known word
("Inactif" is like "Actif") says nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from loader.profile.seen import MOST_DISTINCT
from loader.sheet.schema import Form, column_of, facts_of
from loader.sheet.synonyms import fold

_MOST_UNKNOWN: Final = 12  # words that mean nothing to us; with more, the column is no closed set
_MEANINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "status": {
        "approved": (
            *("active", "actif", "approuve", "valide", "publie", "en ligne"),
            *("aktiv", "freigegeben", "genehmigt", "live", "online", "yes", "oui", "ja"),
        ),
        "draft": (
            *("inactive", "inactif", "brouillon", "en attente", "hors ligne"),
            *("inaktiv", "entwurf", "offline", "no", "non", "nein"),
        ),
    },
    "type": {
        "image": ("bild", "picture", "visuel", "grafik", "photo", "foto"),
        "text": ("texte", "plain text", "texte brut"),
    },
}  # our word -> theirs


def words_of(field: str) -> tuple[str, ...]:
    """Return the words that a column takes, and no others; () where it takes any text."""
    facts = facts_of(column_of(field))
    return tuple(map(str, facts.words)) if facts.form is Form.WORD and facts.closed else ()


def strange_words(field: str, values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the words that are none of ours, each once whatever its case, with what they mean."""
    own = words_of(field)
    stem = field if field in _MEANINGS else field.rpartition("_")[0]
    known = _MEANINGS.get(stem, {})
    meanings = {fold(word): ours for ours, words in known.items() for word in words}
    strange = {text.strip().casefold(): text.strip() for text in values}
    found = [
        (text, meanings.get(fold(text), ""))
        for key, text in sorted(strange.items())
        if key and key not in own
    ]
    unknown = sum(not meaning for _, meaning in found)
    is_closed = len(values) < MOST_DISTINCT and unknown <= _MOST_UNKNOWN
    yield from (each for each in found if each[1] or is_closed)
