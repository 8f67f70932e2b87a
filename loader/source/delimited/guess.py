"""Which encoding text that is not UTF-8 most likely has, and how sure that is.

Every candidate decodes the foreign lines; the one whose letters look most like writing wins.
Pure; a short list of what spreadsheet programs write, the commoner first, and
a tie goes to the commoner.
"""

from dataclasses import dataclass
from typing import NamedTuple

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
    Candidate("cp1251", "«»№–—’“”…", 0x0410, 0x044F, handicap=0.15),
    Candidate("cp932", "、。「」・ー", 0x3040, 0x9FFF, handicap=0.05),
)


# What is too much alike to be guessed, but may be what is meant.
ALSO_POSSIBLE = ("cp850", "cp1254", "cp1253", "gb18030", "big5", "euc_kr", "euc_jp")
MOST_READINGS = 8
SURE = 0.8  # below, the user is asked


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
        return Guess(name="latin-1", confidence=0.1, sample=_sample(lines, "latin-1"))
    best, _, name = scored[0]
    sample = _sample(lines, name)
    others = [(score, other) for score, _, other in scored[1:] if _sample(lines, other) != sample]
    second, rival = others[0] if others else (0.0, "")
    margin = min(1.0, max(0.0, best - second) / 0.5)
    confidence = max(0.05, min(0.99, best)) * (0.5 + 0.5 * margin)
    return Guess(name=name, confidence=round(confidence, 2), sample=sample, rival=rival)


def readings(lines: bytes) -> list[tuple[str, str]]:
    """Return how each encoding that is possible reads the first characters beyond ASCII."""
    scored = [
        (score, candidate.name)
        for candidate in CANDIDATES
        if (score := _score(lines, candidate)) is not None
    ]
    found: dict[str, str] = {}
    for name in (*(name for _, name in sorted(scored, reverse=True)), *ALSO_POSSIBLE):
        try:
            lines.decode(name)
        except UnicodeDecodeError:
            continue
        sample = _sample(lines, name)
        if sample.isprintable() and sample not in found.values():
            found[name] = sample
    return list(found.items())[:MOST_READINGS]


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
        if character.isupper() and before.islower():
            return -0.5
        in_a_row = character.isalpha() and before.isalpha() and not before.isascii()
        return 0.5 if in_a_row else 1.0  # accented letters stand apart; other alphabets do not
    return 0.1 if character.isalpha() else -0.5


def _sample(lines: bytes, name: str) -> str:
    text = lines[:4096].decode(name, "replace")
    at = next((i for i, character in enumerate(text) if character > "\x7f"), 0)
    return " ".join(text[max(0, at - 15) : at + 25].split())
