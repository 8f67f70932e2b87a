"""The placements and tags of a target, and which of them the text of a cell means.

An id is an id and never a name. The exact name wins over one that differs in case or spaces only.
Where several entries have a name, or none, that is an error of the cell: a similar name is only
suggested.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from rapidfuzz import fuzz, process

from loader.tables.arrow import Mask, Text
from loader.tables.fold_words import fold_word
from loader.validation.suggestions import MEANT, WRITE_ID, items

ID: Final = r"(?:dps|xcore):[^\s:;]+:[^\s;]+"  # what is an id without being looked up
_ID: Final = re.compile(ID, re.ASCII)  # spaces as RE2 knows them, which reads columns
_MOST_NEAR: Final = 3
_LEAST_LIKENESS: Final = 60  # of 100
_LONGEST_COMPARED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag (collection qualifier) of the target."""

    id: str
    name: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A placement of the target, in our words; "" and () where the target does not say."""

    id: str
    name: str
    kind: str = ""  # html, image, text or json
    channel: str = ""  # a URI
    formats: tuple[str, ...] = ()  # the MIME types that it takes; none means any

    def __str__(self) -> str:
        details = ", ".join(filter(None, (self.kind, self.channel.rpartition("/")[2])))
        return f"{self.id} ({details})" if details else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDecision:
    """A decision of the target: which offer it falls back to, and which placements it fills."""

    id: str
    name: str
    status: str = ""
    fallback: str = ""  # the id of an offer: `Receipt.at_id`
    placements: tuple[str, ...] = ()


Entry = TypeVar("Entry", bound=Tag | Placement)


class Register(Generic[Entry]):
    """Entries by id and by name."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self._by_id = {entry.id: entry for entry in entries}
        self._by_name: dict[str, list[Entry]] = {}
        self._by_folded_name: dict[str, list[Entry]] = {}
        for entry in self._by_id.values():
            self._by_name.setdefault(_nfc(entry.name), []).append(entry)
            self._by_folded_name.setdefault(fold_name(entry.name), []).append(entry)

    def with_id(self, text: str) -> Entry | None:
        """Return the entry of this id, or None."""
        return self._by_id.get(text)

    def with_name(self, text: str) -> Sequence[Entry]:
        """Return the entries of this name; if there are none, compare without case and spaces."""
        exact = self._by_name.get(_nfc(text), ())
        return exact or self._by_folded_name.get(fold_name(text), ())

    def nearest(self, text: str) -> list[str]:
        """Return the names most like `text`, the nearest first."""
        near = process.extract(
            fold_name(text)[:_LONGEST_COMPARED],
            list(self._by_folded_name),
            scorer=fuzz.token_sort_ratio,
            limit=_MOST_NEAR,
            score_cutoff=_LEAST_LIKENESS,
        )
        return [self._by_folded_name[name][0].name for name, *_ in near]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a target has to refer to, as far as it was listed."""

    placements: Register[Placement] = field(default_factory=Register)
    tags: Register[Tag] = field(default_factory=Register)


def is_id(text: str) -> bool:
    """Say whether the text has the shape of an id of the platform."""
    return _ID.fullmatch(text) is not None


def fold_name(name: str) -> str:
    """Return a name without what may differ: case and spaces."""
    return " ".join(fold_word(name).split())


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


# What the texts of a column mean in the catalogue: each distinct text is looked up once. An id is
# passed on as it is, listed or not; every other text is the name of exactly one entry, or has
# exactly one code. Suggestions are slow, so their number is bounded.


_MOST_SUGGESTED: Final = 500  # texts of one column of a chunk
_MOST_LISTED: Final = 5
_NO_HINT: Final = "`loader placements` lists the names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[Entry]):
    """The result of looking up one text. `hint` is what may help where there is a `code`."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What has to be looked up in the target for some rows; blank for nothing."""

    placement: str = ""  # the first text that may be the name of a placement
    tags: str = ""  # the first list that may hold the name of a tag
    blanks: bool = False  # whether a type or a channel is left to the placement

    def __bool__(self) -> bool:
        return bool(self.placement or self.tags or self.blanks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Rows after the look-up, and what is wrong with them."""

    rows: pd.DataFrame
    faults: tuple[Fault, ...] = ()


class Matches(Generic[Entry]):
    """A column, each of whose distinct texts is looked up once."""

    def __init__(
        self, cells: Text, look_up: Callable[[Sequence[str]], Sequence[Match[Entry]]]
    ) -> None:
        encoded = cells.dictionary_encode()
        self._matches = look_up(encoded.dictionary.to_pylist())
        self._indices = encoded.indices
        self._places = encoded.indices.to_numpy(zero_copy_only=False)

    def at(self, position: int) -> Match[Entry]:
        """Return the match of the text at a position."""
        return self._matches[int(self._places[position])]

    def texts(self, text_of: Callable[[Match[Entry]], str]) -> Text:
        """Return one text for each row, made of its match."""
        return pa.array([text_of(match) for match in self._matches], pa.large_string()).take(
            self._indices
        )

    def mask(self, predicate: Callable[[Match[Entry]], bool]) -> Mask:
        """Return the rows whose match fulfils `predicate`."""
        verdicts = np.array([predicate(match) for match in self._matches], dtype=bool)
        mask: Mask = verdicts[self._places]
        return mask

    def faults(self, field: str) -> list[Fault]:
        """Return the rows whose text has no match, by code."""
        return [
            Fault(
                code=code,
                field=field,
                faults=self.mask(lambda match: match.code == code),  # noqa: B023 - called at once
                hint=lambda position: self.at(position).hint,
            )
            for code in dict.fromkeys(match.code for match in self._matches if match.code)
        ]


def look_up_names(
    texts: Sequence[str], register: Register[Entry], *, noun: str, is_list: bool = False
) -> list[Match[Entry]]:
    """Look up texts that are one reference each; `is_list`: a cell may hold several."""
    matches: list[Match[Entry]] = []
    unknown = 0
    for text in texts:
        match = _look_up(
            text, register, noun=noun, is_list=is_list, suggest=unknown < _MOST_SUGGESTED
        )
        unknown += match.code.endswith("-unknown")
        matches.append(match)
    return matches


def look_up_lists(
    texts: Sequence[str], register: Register[Entry], *, noun: str
) -> list[Match[Entry]]:
    """Look up cells that hold several references with semicolons between."""
    parts = [[part for each in text.split(";") if (part := each.strip())] for text in texts]
    distinct = list(dict.fromkeys(part for some in parts for part in some))
    matches = dict(
        zip(distinct, look_up_names(distinct, register, noun=noun, is_list=True), strict=True)
    )
    return [
        _join_matches(text, [matches[part] for part in some], some)
        for text, some in zip(texts, parts, strict=True)
    ]


def _look_up(
    text: str, register: Register[Entry], *, noun: str, is_list: bool, suggest: bool
) -> Match[Entry]:
    entry = register.with_id(text)
    if entry is not None or not text or is_id(text):
        return Match(text=text, entry=entry)
    candidates = register.with_name(text)
    if len(candidates) == 1:
        return Match(text=candidates[0].id, entry=candidates[0])
    if candidates:
        ids = " or ".join(map(str, candidates[:_MOST_LISTED]))
        return Match(text=text, code=f"{noun}-ambiguous", hint=f"{WRITE_ID}{ids}")
    hint = _hint(text, register, noun=noun, is_list=is_list) if suggest else _NO_HINT
    return Match(text=text, code=f"{noun}-unknown", hint=hint)


def _hint(text: str, register: Register[Entry], *, noun: str, is_list: bool) -> str:
    """Return what was probably meant. No part of the text is dropped, even if it is unknown."""
    near = register.nearest(text)
    split = items if len(items(text)) > 1 else str.split
    parts = split(text)
    is_like_one = bool(near) and len(split(near[0])) > 1
    if is_like_one or not _are_several(parts, register, needs_all=split is not items):
        return _did_you_mean(near)
    meant = [_best_match(part, register) for part in parts]
    if is_list:
        return f'{MEANT}"{"; ".join(meant)}"?'
    if not all(map(register.with_name, meant)):
        return _did_you_mean(near)
    first, *others = (f'"{name}"' for name in meant)
    return (
        f"a cell takes one {noun}: keep {first}, and give {' and '.join(others)} columns of its own"
        f" ({noun}_2, content_2 …), or a row of its own (long form: `loader explain mappings`)"
    )


def _are_several(parts: Sequence[str], register: Register[Entry], *, needs_all: bool) -> bool:
    known = [bool(register.with_id(part) or register.with_name(part)) for part in parts]
    return 1 < len(parts) <= _MOST_LISTED and (all(known) if needs_all else any(known))


def _best_match(part: str, register: Register[Entry]) -> str:
    is_known = register.with_id(part) or register.with_name(part)
    return part if is_known else next(iter(register.nearest(part)), part)


def _did_you_mean(names: Sequence[str]) -> str:
    if not names:
        return _NO_HINT
    return MEANT + " or ".join(f'"{name}"' for name in names) + "?"


def _join_matches(text: str, matches: Sequence[Match[Entry]], parts: Sequence[str]) -> Match[Entry]:
    """Join the matches of the parts of one cell; the first that is wrong gives the code."""
    wrong = [(part, match) for part, match in zip(parts, matches, strict=True) if match.code]
    if not wrong:
        changed = any(match.text != part for part, match in zip(parts, matches, strict=True))
        return Match(text="; ".join(match.text for match in matches) if changed else text)
    hint = "; ".join(f'"{part[:60]}": {match.hint}' for part, match in wrong[:3])
    return Match(text=text, code=wrong[0][1].code, hint=hint)
