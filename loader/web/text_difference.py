"""What differs between two texts, piece by piece, so that a long text shows where it changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from loader.tables.invisible import made_visible

_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_WORDS: Final = 400  # that are compared word by word, between the first and last difference
_LEAST_ALIKE: Final = 0.3  # of both texts; below that, they are one difference
_AROUND: Final = 60  # characters that are shown before and after a difference
_LONGEST: Final = 600  # characters of a difference
_CUT: Final = " … "


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text; `differs`: the other text has something else there, or nothing."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two texts as pieces. No piece: there is no text."""

    before: Sequence[Piece]
    after: Sequence[Piece]


def difference(before: str | None, after: str | None) -> Difference:
    """Return what differs; what is the same far from any difference is left out."""
    old, new = _WORDS.findall(before or ""), _WORDS.findall(after or "")
    same = list(_common_stretches(old, new))
    alike = sum(len("".join(old[at : at + size])) for at, _, size in same)
    if alike < _LEAST_ALIKE * max(len(before or ""), len(after or "")):
        return Difference(before=_whole(before), after=_whole(after))
    return Difference(
        before=[*_pieces(old, [(at, size) for at, _, size in same])],
        after=[*_pieces(new, [(at, size) for _, at, size in same])],
    )


def _common_stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of words that both have: where in each, and how long."""
    shorter = min(len(old), len(new))
    first = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - first
    last = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    yield 0, 0, first
    inner_old, inner_new = old[first : len(old) - last], new[first : len(new) - last]
    if max(len(inner_old), len(inner_new)) <= _MOST_WORDS:
        matcher = SequenceMatcher(None, inner_old, inner_new, autojunk=False)
        for each in matcher.get_matching_blocks():
            yield first + each.a, first + each.b, each.size
    yield len(old) - last, len(new) - last, last


def _pieces(words: Sequence[str], same: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Yield the pieces of a text of which these stretches, place and length, are the same."""
    done = 0
    for at, size in same:
        if done < at:
            yield from _marked("".join(words[done:at]))
        text = "".join(words[at : at + size])
        if text:
            yield Piece(text=_context_of(text, is_first=not at, is_last=at + size == len(words)))
        done = at + size


def _marked(text: str) -> Iterator[Piece]:
    """Yield a difference; blanks around words are not marked."""
    inner = text.strip() or text
    before, _, after = text.partition(inner)
    for piece in (
        Piece(text=before),
        Piece(text=_shortened(inner), differs=True),
        Piece(text=after),
    ):
        if piece.text:
            yield piece


def _whole(text: str | None) -> list[Piece]:
    return [Piece(text=_shortened(text), differs=True)] if text else []


def _shortened(text: str) -> str:
    return made_visible(text if len(text) <= _LONGEST else text[:_LONGEST] + _CUT)


def _context_of(text: str, *, is_first: bool, is_last: bool) -> str:
    """Return the parts of a common stretch that are near a difference."""
    before = "" if is_last else text[-_AROUND:]
    after = "" if is_first else text[:_AROUND]
    left_out = len(text) > len(before) + len(after) + _AROUND
    return made_visible(f"{after}{_CUT}{before}" if left_out else text)
