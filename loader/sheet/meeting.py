"""What the texts of a column mean in the catalogue: each distinct text is looked at once.

Rules of this file: an id is passed on as it stands, listed or not; every other text is the name of
exactly one entry, or has exactly one code; suggestions are slow, so their number is bounded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic

import numpy as np
import pyarrow as pa

from loader.sheet.arrow import Mask, Text
from loader.sheet.catalogue import Entry, Register, is_id

_MOST_SUGGESTED: Final = 500  # texts of one column of a chunk
_MOST_LISTED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Met(Generic[Entry]):
    """What one text turned out to be. `hint` is what may help where there is a `code`."""

    text: str  # what is sent in its place
    entry: Entry | None = None
    code: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with some cells of a field; `hint` says at a position what may help."""

    code: str
    field: str
    faults: Mask
    hint: Callable[[int], str]


class Meeting(Generic[Entry]):
    """A column, and what each of its distinct texts turned out to be."""

    def __init__(self, cells: Text, meet: Callable[[Sequence[str]], Sequence[Met[Entry]]]) -> None:
        encoded = cells.dictionary_encode()
        self._met = meet(encoded.dictionary.to_pylist())
        self._indices = encoded.indices
        self._places = encoded.indices.to_numpy(zero_copy_only=False)

    def at(self, position: int) -> Met[Entry]:
        """Return what the text at a position turned out to be."""
        return self._met[int(self._places[position])]

    def each(self, pick: Callable[[Met[Entry]], str]) -> Text:
        """Return one text per row."""
        return pa.array([pick(met) for met in self._met], pa.large_string()).take(self._indices)

    def where(self, holds: Callable[[Met[Entry]], bool]) -> Mask:
        """Return where something holds."""
        verdicts = np.array([holds(met) for met in self._met], dtype=bool)
        mask: Mask = verdicts[self._places]
        return mask

    def faults(self, field: str) -> list[Fault]:
        """Return the texts without a meaning, by code."""
        return [
            Fault(
                code=code,
                field=field,
                faults=self.where(lambda met: met.code == code),  # noqa: B023 - called at once
                hint=lambda position: self.at(position).hint,
            )
            for code in dict.fromkeys(met.code for met in self._met if met.code)
        ]


def meet_names(texts: Sequence[str], register: Register[Entry], *, noun: str) -> list[Met[Entry]]:
    """Look up cells that hold one reference each."""
    found: list[Met[Entry]] = []
    unknown = 0
    for text in texts:
        met = _meet(text, register, noun=noun, suggest=unknown < _MOST_SUGGESTED)
        unknown += met.code.endswith("-unknown")
        found.append(met)
    return found


def meet_lists(texts: Sequence[str], register: Register[Entry], *, noun: str) -> list[Met[Entry]]:
    """Look up cells that hold several references with semicolons between."""
    parts = [[part for each in text.split(";") if (part := each.strip())] for text in texts]
    distinct = list(dict.fromkeys(part for some in parts for part in some))
    met = dict(zip(distinct, meet_names(distinct, register, noun=noun), strict=True))
    return [
        _together(text, [met[part] for part in some], some)
        for text, some in zip(texts, parts, strict=True)
    ]


def _meet(text: str, register: Register[Entry], *, noun: str, suggest: bool) -> Met[Entry]:
    listed = register.with_id(text)
    if listed is not None or not text or is_id(text):
        return Met(text=text, entry=listed)
    named = register.named(text)
    if len(named) == 1:
        return Met(text=named[0].id, entry=named[0])
    if named:
        ids = " or ".join(map(str, named[:_MOST_LISTED]))
        return Met(text=text, code=f"{noun}-ambiguous", hint=f"write the id: {ids}")
    near = register.nearest(text) if suggest else []
    return Met(text=text, code=f"{noun}-unknown", hint=_suggested(near))


def _suggested(names: Sequence[str]) -> str:
    if not names:
        return "`loader placements` lists the names"
    return "did you mean " + " or ".join(f'"{name}"' for name in names) + "?"


def _together(text: str, met: Sequence[Met[Entry]], parts: Sequence[str]) -> Met[Entry]:
    """Join what the parts of one cell turned out to be; the first that is wrong gives the code."""
    wrong = [(part, one) for part, one in zip(parts, met, strict=True) if one.code]
    if not wrong:
        changed = any(one.text != part for part, one in zip(parts, met, strict=True))
        return Met(text="; ".join(one.text for one in met) if changed else text)
    hint = "; ".join(f'"{part[:60]}": {one.hint}' for part, one in wrong[:3])
    return Met(text=text, code=wrong[0][1].code, hint=hint)
