"""Fractions that a sheet stores as numbers, marked among the cells of a row, which are all text.

"1.125" of a number is one and an eighth; the same text may mean 1125, where a mapping says that the
decimal character is a comma. Whole numbers mean the same either way, and are not marked.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

import orjson

from loader.tables.written_json import Written, written_decoder, written_json

_FRACTION: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DECODER: Final = written_decoder(dict)


def is_fraction(text: str) -> bool:
    """Say whether the text of a number is that of a fraction."""
    return _FRACTION.fullmatch(text) is not None


def mark_fractions(cells: Sequence[str], numbers: Collection[int]) -> list[str]:
    """Return the cells; those of the positions `numbers` that are fractions are `Written`."""
    marked = list(cells)
    for at in numbers:
        if is_fraction(marked[at]):
            marked[at] = Written(marked[at])
    return marked


def fractions_in(cells: Sequence[str]) -> list[int]:
    """Return the positions of the cells that are marked."""
    if Written not in set(map(type, cells)):
        return []
    return [at for at, cell in enumerate(cells) if isinstance(cell, Written)]


def cells_to_json(cells: Sequence[str]) -> str:
    """Return the cells of a row as a JSON array, in which the marked ones are numbers."""
    return written_json(list(cells)) if fractions_in(cells) else orjson.dumps(cells).decode()


def cells_of_json(text: str) -> list[str]:
    """Return the cells of such an array, with their marks."""
    cells: list[str] = orjson.loads(text)
    if set(map(type, cells)) <= {str}:
        return cells
    marked: list[str] = _DECODER.decode(text)
    return marked
