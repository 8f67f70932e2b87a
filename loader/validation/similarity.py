"""Which field an unknown heading may mean: suggestions, for a person to confirm.

Nothing here is applied by itself. Each heading gets at most one field and each field at most one
heading, the most similar pair first.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from loader.tables.fold_headings import fold
from loader.validation.fields import NAME, Fields, numbered

LIKE_ENOUGH: Final = 70  # of 100; below, suggestions are more often wrong than right
_BUT_FOR_A_LETTER: Final = 80
_LONGEST: Final = 64
_OF_NUMBER: Final = re.compile(
    r"(?:.*_)?(?:no|num|numero|id|code|key|ref|reference|kennung)|.*(?:nr|nummer|number)"
)


def suggest(headings: Sequence[str], fields: Fields, *, taken: Collection[str]) -> dict[str, str]:
    """Return the most likely field of each heading that looks like one which is not `taken`."""
    words = [
        (word, field) for field in fields.columns for word in (field, *fields.words.get(field, ()))
    ]
    parts = [_split_heading(heading) for heading in headings]
    scores = process.cdist(
        [stem for stem, _ in parts],
        [word.replace("_", " ") for word, _ in words],
        scorer=fuzz.token_sort_ratio,
        score_cutoff=LIKE_ENOUGH,
    )
    pairs = sorted(
        (
            (-float(scores[row, column]), row, _numbered(words[column][1], parts[row][1], fields))
            for row, column in zip(*scores.nonzero(), strict=True)
        ),
    )
    return _one_to_one(pairs, headings, taken)


def suggest_by_heading(
    headings: Sequence[str], fields: Fields, *, taken: Collection[str]
) -> dict[str, str]:
    """Return what to suggest by headings alone: "Offer no" is more likely the key than a name."""
    found = suggest(headings, fields, taken=taken)
    key = fields.keys[0]
    for heading, field in [*found.items()]:
        if field == NAME != key and _OF_NUMBER.fullmatch(fold(heading)[:_LONGEST]):
            del found[heading]
            if key not in {*taken, *found.values()}:
                found[heading] = key
    return found


def _split_heading(heading: str) -> tuple[str, int]:
    """Split "Contnt 2" into its folded words and its number."""
    stem, _, number = fold(heading)[:_LONGEST].rpartition("_")
    if stem and number.isdecimal() and 1 <= len(number) <= 4 and int(number):
        return stem.replace("_", " "), int(number)
    return fold(heading)[:_LONGEST].replace("_", " "), 1


def _numbered(field: str, number: int, fields: Fields) -> str:
    return numbered(field, number) if field in fields.repeated else field


def _one_to_one(
    pairs: Sequence[tuple[float, int, str]], headings: Sequence[str], taken: Collection[str]
) -> dict[str, str]:
    given: dict[str, str] = {}
    used = set(taken)
    for _, row, field in pairs:
        if headings[row] not in given and field not in used:
            given[headings[row]] = field
            used.add(field)
    return given


def alike(word: str, words: Sequence[str]) -> str:
    """Return the one of a few short `words` that `word` is but for a letter or two, or ""."""
    found = process.extractOne(
        word[:_LONGEST], words, scorer=fuzz.ratio, processor=fold, score_cutoff=_BUT_FOR_A_LETTER
    )
    return str(found[0]) if found else ""


def nearest_of(word: str, words: Collection[str] | Mapping[str, object]) -> str:
    """Return the one of `words` that is most like `word`, or ""."""
    found = process.extractOne(
        word[:_LONGEST], list(words), scorer=fuzz.ratio, processor=fold, score_cutoff=60
    )
    return str(found[0]) if found else ""
