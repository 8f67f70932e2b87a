"""Which encoding text that is not UTF-8 most likely has, and how sure that is.

Every candidate decodes the foreign lines; the one whose letters look most like writing wins.
Pure; a short list of what spreadsheet programs write, the commoner first, and
a tie goes to the commoner.
"""

from dataclasses import dataclass
from typing import NamedTuple

from loader.source.delimited.encoding_candidates import highest_plausibility, plausibility, sample

WESTERN = "éèàùçâêîôûëïüöäßñáíóúãõåøæœÉÈÀÇÂÊÎÔÄÖÜÑÁÍÓÚÅØÆŒ€’‘“”„–—…«»°®©™·•\xa0£§¿¡²³½ªº´"
CENTRAL = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůýžáéíúôľĺŕČĎĚŇŘŠŤŮÝŽőűöüŐŰÖÜ€’“”„–—…\xa0"


class Candidate(NamedTuple):
    """An encoding and the characters that are common in text written with it."""

    name: str
    common: str = ""
    low: int = 0  # or a range of letters
    high: int = 0
    handicap: float = 0.0


CANDIDATES = (
    Candidate("cp1252", WESTERN),
    Candidate("iso-8859-15", WESTERN, handicap=0.02),
    Candidate("mac_roman", WESTERN, handicap=0.1),
    Candidate("cp1250", CENTRAL, handicap=0.05),
    Candidate("cp1251", "«»№–—’“”…", 0x0410, 0x044F, handicap=0.25),
    Candidate("cp932", "、。「」・ー", 0x3040, 0x9FFF, handicap=0.05),
)

_OPENING = "¿¡„"  # never stand behind a letter

SURE = 0.8  # below, the user is asked
MARGIN = 0.05  # of how much another reading may look more like writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest encoding, its share of certainty (0 to 1), and a piece of what it gives."""

    name: str
    confidence: float
    sample: str = ""
    rival: str = ""


def guess_encoding(lines: bytes) -> Guess:
    """Return the likeliest encoding of lines that hold characters beyond ASCII."""
    scored = sorted(
        (
            (score, -rank, candidate.name)
            for rank, candidate in enumerate(CANDIDATES)
            if (score := _score(lines, candidate)) is not None
        ),
        reverse=True,
    )
    if not scored:
        return Guess(name="latin-1", confidence=0.1, sample=sample(lines.decode("latin-1")))
    best, _, name = scored[0]
    shown = sample(lines.decode(name))
    others = [
        (score, other) for score, _, other in scored[1:] if sample(lines.decode(other)) != shown
    ]
    second, rival = others[0] if others else (0.0, "")
    margin = min(1.0, max(0.0, best - second) / 0.5)
    confidence = max(0.05, min(0.99, best)) * (0.5 + 0.5 * margin)
    if plausibility(lines.decode(name)) < highest_plausibility(lines) - MARGIN:
        confidence /= 2
    return Guess(name=name, confidence=round(confidence, 2), sample=shown, rival=rival)


def _score(lines: bytes, candidate: Candidate) -> float | None:
    try:
        text = lines.decode(candidate.name)
    except UnicodeDecodeError:
        return None
    total, count, before = 0.0, 0, ""
    for character in text:
        if character > "\x7f":
            count += 1
            total += _weight(character, before, candidate)
        before = character
    return total / count - candidate.handicap if count else 0.0


def _weight(character: str, before: str, candidate: Candidate) -> float:
    if "\x80" <= character < "\xa0":
        return -2.0
    if candidate.low <= ord(character) <= candidate.high:
        return 1.0 if not before.isascii() or not before.isalpha() else 0.2
    if character in candidate.common:
        if character in _OPENING and before.isalpha():
            return -0.5
        if character.isupper() and before.islower():
            return -0.5
        in_a_row = character.isalpha() and before.isalpha() and not before.isascii()
        return 0.5 if in_a_row else 1.0  # accented letters are apart; other alphabets do not
    return 0.1 if character.isalpha() else -0.5
