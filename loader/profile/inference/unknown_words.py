"""Words of a closed column that are none of ours, and what they plainly mean.

Being similar to a known word is not enough: "Inactif" is similar to "Actif".
"""

from collections.abc import Iterator, Mapping
from typing import Final

from loader.profile.inference.sample import MOST_DISTINCT
from loader.tables.fold_headings import fold

_MOST_UNKNOWN: Final = 12  # words that mean nothing to us; with more, the column is no closed set


def unknown_words(
    values: tuple[str, ...], own: tuple[str, ...], meanings: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield each word that is not in `own`, once whatever its case, with its meaning or "".

    `meanings` has words of other sheets for some of `own`.
    """
    meaning_of = {fold(word): ours for ours, words in meanings.items() for word in words}
    foreign = {text.strip().casefold(): text.strip() for text in values}
    found = [
        (text, meaning_of.get(fold(text), ""))
        for key, text in sorted(foreign.items())
        if key and key not in own
    ]
    unknown = sum(not meaning for _, meaning in found)
    is_closed = len(values) < MOST_DISTINCT and unknown <= _MOST_UNKNOWN
    yield from (each for each in found if each[1] or is_closed)
