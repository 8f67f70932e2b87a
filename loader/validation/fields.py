"""The fields of a kind of entity: what each column holds, and which heading names which field.

A numbered field ("content_2") is the field without the number, for one more group of the row; an
attribute ("attr:Tier") is a field that the sheet itself names.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

import pandera.pandas as pp

from loader.tables.fold_headings import fold
from loader.validation import cell_checks as cells

ATTRIBUTE_PREFIX: Final = "attr:"
LONGEST_CELL: Final = 32_767  # what a cell of a workbook can hold
NAME: Final = "name"  # the field that every kind has: what the API finds an entity by
_ATTRIBUTE: Final = re.compile(r"attr(?:ibute)?\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_NUMBERED: Final = re.compile(r"(.*?)_?([1-9][0-9]{0,3})")


class Form(StrEnum):
    """How a column's text is to be read."""

    TEXT = "text"  # sent as written, but for spaces around it
    EXACT = "exact"  # sent as written
    WORD = "word"  # one of a closed set
    LIST = "list"  # several, separated by semicolons
    DATE = "date"
    NUMBER = "number"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a person, a template or a message needs to know of a column beyond its title."""

    form: Form
    expected: str  # completes "expected …"
    example: str
    required: bool = False
    or_placement: bool = False  # required only where the placement does not tell it
    repeats: bool = False  # may be numbered: one more group of the row
    words: tuple[str, ...] = ()
    closed: bool = True  # nothing but `words` is allowed
    has_case: bool = False  # a word that is kept as written
    default: str = ""
    longest: int = LONGEST_CELL
    lines: bool = False  # may have line breaks
    is_end: bool = False  # a date that ends something

    @property
    def always_required(self) -> bool:
        """Whether every row needs it, whatever its placement tells."""
        return self.required and not self.or_placement

    @property
    def closed_words(self) -> tuple[str, ...]:
        """The words that the column takes, and no others; () where it takes any text."""
        return tuple(map(str, self.words)) if self.form is Form.WORD and self.closed else ()


def facts_of(column: pp.Column) -> Facts:
    """Return the facts of a column that `field_column` made."""
    facts = (column.metadata or {}).get("facts")
    if not isinstance(facts, Facts):
        raise TypeError(f"column {column.name} has no facts")
    return facts


def field_column(title: str, description: str, facts: Facts, *checks: pp.Check) -> pp.Column:
    """Return the definition of a field, with the checks that every text gets."""
    control = cells.CONTROL if facts.lines else cells.CONTROL_OR_BREAK
    text_checks = [
        cells.at_most(facts.longest),
        cells.not_containing_non_ascii("control-character", control),
        cells.not_containing_non_ascii("mojibake", cells.MOJIBAKE),
    ]
    if facts.form in {Form.TEXT, Form.EXACT}:
        text_checks.append(cells.not_containing_non_ascii("invisible-character", cells.INVISIBLE))
        text_checks += [cells.no_error_text(), cells.not_shortened()]
    return pp.Column(
        dtype=None,  # text by contract of the readers; no dtype is guessed or coerced
        checks=[*checks, *text_checks],
        nullable=True,  # there are no nulls: a blank cell is ""
        title=title,
        description=description,
        metadata={"facts": facts},
    )


def numbered(field: str, number: int) -> str:
    """Return the name of a field of group `number`: content, content_2, …"""
    return field if number == 1 else f"{field}_{number}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Fields:
    """All fields of a kind of entity.

    `words` are other headings that plainly mean a field; `meanings` are other words for the words
    of a closed column, by field and by our word; `attribute` is the definition of an attribute
    column, where the kind has attributes; `keys` are the fields that hold the key of a row, the
    strongest first; `one_of` are fields of which a sheet needs one, the usual one first; `group` is
    the field that every further group needs, and `between_groups` are the codes of checks that
    compare the groups of a row.
    """

    columns: Mapping[str, pp.Column]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    attribute: pp.Column | None = None
    keys: tuple[str, ...] = (NAME,)
    one_of: tuple[str, ...] = ()
    group: str = ""
    between_groups: frozenset[str] = frozenset()

    @cached_property
    def repeated(self) -> tuple[str, ...]:
        """The fields that may be numbered."""
        return tuple(name for name, column in self.columns.items() if facts_of(column).repeats)

    @cached_property
    def synonyms(self) -> Mapping[str, str]:
        """Field by other heading, folded."""
        words = self.words.items()
        return MappingProxyType({fold(word): field for field, some in words for word in some})

    @property
    def listed(self) -> str:
        """The names of all fields, for a message."""
        return ", ".join((*self.columns, *((f"{ATTRIBUTE_PREFIX}NAME",) if self.attribute else ())))

    def column_of(self, field: str) -> pp.Column:
        """Return the definition behind a field of a sheet: "content_2" is `content`."""
        if self.attribute is not None and field.startswith(ATTRIBUTE_PREFIX):
            return self.attribute
        return self.columns[self._stem(field)]

    def facts_of(self, field: str) -> Facts:
        """Return the facts of a field of a sheet."""
        return facts_of(self.column_of(field))

    def meanings_of(self, field: str) -> Mapping[str, tuple[str, ...]]:
        """Return other words for the words of a field of a sheet, by our word."""
        return self.meanings.get(self._stem(field), {})

    def _stem(self, field: str) -> str:
        return field if field in self.columns else field.rpartition("_")[0]

    def required(self, *, ids_only: bool) -> tuple[str, ...]:
        """Return the fields that every sheet needs; `ids_only`: no placement tells anything."""
        facts = ((name, facts_of(column)) for name, column in self.columns.items())
        return tuple(
            name for name, each in facts if (each.required if ids_only else each.always_required)
        )

    def missing(self, fields: Collection[str], *, ids_only: bool) -> list[str]:
        """Return the required fields that are not in `fields`: of every row, and of every group."""
        every = self.required(ids_only=ids_only)
        groups = sorted({n for field in fields if (n := self.group_of(field)) is not None})
        needed = list(every)
        needed += [
            numbered(field, n) for n in groups if n > 1 for field in every if field in self.repeated
        ]
        return [field for field in needed if field not in fields]

    def group_of(self, field: str) -> int | None:
        """Return the number of the group that `field` belongs to, if to any."""
        if field in self.repeated:
            return 1
        stem, _, number = field.rpartition("_")
        return int(number) if stem in self.repeated and number.isdigit() else None

    def recognise(self, heading: str) -> str | None:
        """Return the field that a heading names, or None."""
        return self._field(heading, self.synonyms)

    def by_own_name(self, heading: str) -> str | None:
        """Return the field whose own name, not a synonym, is the heading; or None."""
        return self._field(heading, {})

    def _field(self, heading: str, synonyms: Mapping[str, str]) -> str | None:
        attribute = _ATTRIBUTE.fullmatch(heading.strip())
        if attribute and self.attribute is not None:
            name = unicodedata.normalize("NFC", attribute[1].strip())
            return f"{ATTRIBUTE_PREFIX}{name}" if name else None
        folded = fold(heading)
        if folded in self.columns:
            return folded
        if folded in synonyms:
            return synonyms[folded]
        group = _NUMBERED.fullmatch(folded)
        stem = synonyms.get(group[1], group[1]) if group else ""
        return numbered(stem, int(group[2])) if group and stem in self.repeated else None
