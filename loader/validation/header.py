"""Which column of a sheet is which field.

Rules of this file: a heading is a field's name, or a known word for it in another language,
whatever its case, accents, spaces or punctuation; everything else is named, all at once, with the
nearest match, and nothing is matched by likeness.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from loader.errors import WrongColumns
from loader.offer.fields import (
    ATTRIBUTE_PREFIX,
    FIELDS,
    REPEATED,
    column_of,
    facts_of,
    numbered,
    required,
)
from loader.offer.synonyms import SYNONYMS
from loader.tables.addresses import column_letters
from loader.tables.folding import fold
from loader.validation.repair_column import is_reserved
from loader.validation.similarity import suggest

# Recognise the row of headings among the title and comment lines above it.
#
# Rules of this file: a value that can be sent to the parsers' process, and that imports nothing
# heavy there; a row counts when it holds at least two known headings, and little else.


_NUMBER: Final = re.compile(r"_?[1-9][0-9]{0,3}$")
_ATTRIBUTE_HEADING: Final = re.compile(r"\s*attr(?:ibute)?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeadings:
    """The headings that can be expected, folded. Called with the cells of a row."""

    words: frozenset[str]

    def __call__(self, cells: Sequence[str]) -> bool:
        """Say whether these cells look like the header."""
        filled = [cell for cell in cells if cell.strip()]
        known = {cell for cell in filled if self._knows(cell)}
        return len(known) >= 2 and 2 * len(known) >= len(filled)

    def _knows(self, cell: str) -> bool:
        folded = fold(cell[:200])
        return (
            folded in self.words
            or _NUMBER.sub("", folded) in self.words
            or _ATTRIBUTE_HEADING.match(cell) is not None
        )


_ATTRIBUTE: Final = re.compile(r"attr(?:ibute)?\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_NUMBERED: Final = re.compile(r"(.*?)_?([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The fields of one sheet and where they stand. Made by `match_columns`."""

    header: tuple[str, ...]
    positions: Mapping[str, int]  # field ("content_2", "attr:Tier") -> position
    unnamed: tuple[int, ...] = ()  # positions without a heading, right of the last heading

    @property
    def groups(self) -> tuple[int, ...]:
        """The numbers of the representation groups, in order: 1, and what else has columns."""
        numbers = {representation_of(field) for field in self.positions}
        return tuple(sorted(number for number in numbers if number is not None))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attribute columns as fields ("attr:Tier"), sorted, so that order never matters."""
        return tuple(sorted(field for field in self.positions if field.startswith("attr:")))

    @property
    def key_position(self) -> int:
        """Where the row key stands: `external_id` in a sheet that has it, else `name`."""
        return self.positions.get("external_id", self.positions["name"])

    def heading(self, field: str) -> str:
        """The heading of a field as the user wrote it; the field's name where it has no column."""
        position = self.positions.get(field)
        return field if position is None else self.header[position].strip()


def recognise(heading: str, synonyms: Mapping[str, str] = SYNONYMS) -> str | None:
    """Return the field that a heading names, or None."""
    attribute = _ATTRIBUTE.fullmatch(heading.strip())
    if attribute:
        name = unicodedata.normalize("NFC", attribute[1].strip())
        return f"{ATTRIBUTE_PREFIX}{name}" if name else None
    folded = fold(heading)
    if folded in FIELDS:
        return folded
    if folded in synonyms:
        return synonyms[folded]
    group = _NUMBERED.fullmatch(folded)
    stem = synonyms.get(group[1], group[1]) if group else ""
    return numbered(stem, int(group[2])) if group and stem in REPEATED else None


def known_headings(more: Iterable[str] = ()) -> KnownHeadings:
    """Return what tells the header from the lines above it; `more` are a user's own headings."""
    return KnownHeadings(words=frozenset((*FIELDS, *SYNONYMS, *map(fold, more))))


def match_columns(
    header: Sequence[str],
    *,
    synonyms: Mapping[str, str] = SYNONYMS,
    source: str = "",
    ids_only: bool = False,
) -> Columns:
    """Find the field of every heading; raise `WrongColumns` naming all that is wrong at once.

    `ids_only`: no placement is looked up, so none can tell its type.
    """
    width = max((i + 1 for i, heading in enumerate(header) if heading.strip()), default=0)
    fields = [recognise(heading, synonyms) for heading in header[:width]]
    places: dict[str, list[int]] = {}
    for position, field in enumerate(fields):
        if field is not None:
            places.setdefault(field, []).append(position)
    faults = [
        *(f"missing: {f}{_why(f)}" for f in missing_fields(places, ids_only=ids_only)),
        *_repeated(places, header),
        *_strange(fields, header, places),
    ]
    if faults:
        raise WrongColumns(_message(faults, found_any=bool(places), source=source))
    return Columns(
        header=tuple(header),
        positions=MappingProxyType({field: where[0] for field, where in places.items()}),
        unnamed=tuple(range(width, len(header))),
    )


def representation_of(field: str) -> int | None:
    """Return the number of the representation that `field` belongs to, if to any."""
    if field in REPEATED:
        return 1
    stem, _, number = field.rpartition("_")
    return int(number) if stem in REPEATED and number.isdigit() else None


def missing_fields(fields: Collection[str], *, ids_only: bool) -> list[str]:
    """Return what a sheet with `fields` lacks: what every offer needs, and every group."""
    every = required(ids_only=ids_only)
    groups = sorted({n for field in fields if (n := representation_of(field)) is not None})
    needed = list(every)
    needed += [numbered(field, n) for n in groups if n > 1 for field in every if field in REPEATED]
    return [field for field in needed if field not in fields]


def _why(field: str) -> str:
    spared = facts_of(column_of(field)).or_placement
    return " (with names looked up, the placement could tell it)" if spared else ""


def _repeated(places: Mapping[str, Sequence[int]], header: Sequence[str]) -> list[str]:
    return [
        f"twice: {field}, in columns "
        + " and ".join(_place(i, header) for i in where)
        + (f"; number the second: {numbered(field, 2)}" if field in REPEATED else "")
        for field, where in places.items()
        if len(where) > 1
    ]


def _strange(
    fields: Sequence[str | None], header: Sequence[str], places: Mapping[str, Sequence[int]]
) -> list[str]:
    unknown = [i for i, name in enumerate(fields) if name is None and not is_reserved(header[i])]
    like = suggest([header[i] for i in unknown if header[i].strip()], taken=places)
    faults = []
    for position in unknown:
        heading = header[position]
        if not heading.strip():
            faults.append(f"no heading: column {column_letters(position)}")
            continue
        hint = f"; did you mean {like[heading]}?" if heading in like else ""
        faults.append(f"unknown: {_place(position, header)}{hint}")
    return faults


def _place(position: int, header: Sequence[str]) -> str:
    return f"{column_letters(position)} ({header[position].strip()[:60]!r})"


def _message(faults: Sequence[str], *, found_any: bool, source: str) -> str:
    where = f"{source}: " if source else ""
    advice = (
        "Mend the header, start from the sheet that `loader template` writes, or say what the"
        " columns mean in a column profile (`loader profile FILE` writes one)."
        if found_any
        else "No heading is known at all: is the header in another row (--header-row), are the"
        " offers on another sheet (--sheet), or is the file separated by another character"
        " (--delimiter)? `loader template` writes a sheet to fill."
    )
    lines = "".join(f"\n  {fault}" for fault in faults)
    known = ", ".join((*FIELDS, f"{ATTRIBUTE_PREFIX}NAME"))
    return f"{where}the columns do not fit.{lines}\n{advice}\nKnown columns: {known}."
