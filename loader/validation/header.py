"""Which column of a sheet is which field.

A heading is a field's name, or a known word for it in another language, whatever its case, accents,
spaces or punctuation. Everything else is an error, all at once, with the nearest match: nothing is
matched because it is similar.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from loader.errors import WrongColumns
from loader.tables.addresses import column_letters, short_heading
from loader.tables.fold_headings import fold
from loader.validation.fields import ATTRIBUTE_PREFIX, Fields, numbered
from loader.validation.heading_row import KnownHeadings
from loader.validation.repair_column import is_reserved
from loader.validation.similarity import alike, suggest_by_heading

_MOST_UNKNOWN = 10  # columns that a message names; the others are counted
_NO_HEADING_KNOWN = (
    "No heading is known at all: is the header in another row (--header-row), are the"
    " offers on another sheet (--sheet), or is the file separated by another character"
    " (--delimiter)? If the columns have other names, `loader mapping FILE` writes a mapping"
    " of them; `loader template` writes a sheet to fill."
)
_OF_NEW_OFFERS = (
    "Fix the header, start from the sheet that `loader template` writes, leave a column out"
    " (--ignore-column NAME), or say what the columns mean in a mapping (`loader mapping FILE`"
    " writes one)."
)
_OF_PLANNED_SHEET = (
    "Correct the headings (`loader pull` writes a sheet that has them), leave a column of your own"
    " out (--ignore-column NAME), or say what the columns mean in a mapping (`loader mapping FILE`"
    " writes one)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The fields of one sheet and where they are. Made by `match_columns`."""

    fields: Fields  # of the kind of entity that the sheet lists
    header: tuple[str, ...]
    positions: Mapping[str, int]  # field ("content_2", "attr:Tier") -> position

    @property
    def groups(self) -> tuple[int, ...]:
        """The numbers of the groups of a row, in order: 1, and what else has columns."""
        numbers = {self.fields.group_of(field) for field in self.positions}
        return tuple(sorted(number for number in numbers if number is not None))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attribute columns as fields ("attr:Tier"), sorted, so that order never matters."""
        return tuple(
            sorted(field for field in self.positions if field.startswith(ATTRIBUTE_PREFIX))
        )

    @property
    def key_position(self) -> int:
        """Where the row key is: the strongest key field that the sheet has."""
        return next(self.positions[key] for key in self.fields.keys if key in self.positions)

    def heading(self, field: str) -> str:
        """The heading of a field as the user wrote it; the field's name where it has no column."""
        position = self.positions.get(field)
        return field if position is None else self.header[position].strip()


def known_headings(fields: Fields, more: Iterable[str] = ()) -> KnownHeadings:
    """Return what tells the header from the lines above it; `more` are a user's own headings."""
    words = (*fields.columns, *fields.synonyms, *map(fold, more))
    return KnownHeadings(words=frozenset(words))


def match_columns(
    header: Sequence[str],
    fields: Fields,
    *,
    source: str = "",
    ids_only: bool = False,
    callers: Sequence[str] = (),
) -> Columns:
    """Find the field of every heading; raise `WrongColumns` naming all that is wrong at once.

    `ids_only`: no placement is looked up, so none can tell its type. `callers`: the headings that
    the caller reads itself, which a mistyped one may mean.
    """
    width = max((i + 1 for i, heading in enumerate(header) if heading.strip()), default=0)
    found = [fields.recognise(heading) for heading in header[:width]]
    places: dict[str, list[int]] = {}
    for position, field in enumerate(found):
        if field is not None:
            places.setdefault(field, []).append(position)
    faults = [
        *missing_fields(places, fields, ids_only=ids_only),
        *_named_twice(places, header, fields),
        *unknown_columns(
            [i for i, name in enumerate(found) if name is None and not is_reserved(header[i])],
            header,
            fields,
            taken=places,
            callers=callers,
        ),
    ]
    if faults:
        advice = advice_without_mapping(found_any=bool(places), callers=callers)
        raise WrongColumns(describe_faults(faults, advice, fields, source=source, callers=callers))
    return Columns(
        fields=fields,
        header=tuple(header),
        positions=MappingProxyType({field: where[0] for field, where in places.items()}),
    )


def missing_fields(present: Collection[str], fields: Fields, *, ids_only: bool) -> Iterator[str]:
    """Yield what a sheet with these fields lacks."""
    for field in fields.missing(present, ids_only=ids_only):
        spared = fields.facts_of(field).or_placement
        why = " (with names looked up, the placement could tell it)" if spared else ""
        yield f"missing: {field}{why}"


def _named_twice(
    places: Mapping[str, Sequence[int]], header: Sequence[str], fields: Fields
) -> list[str]:
    return [
        f"twice: {short_heading(field)}, in columns "
        + " and ".join(_describe_column(i, header) for i in where)
        + (f"; number the second: {numbered(field, 2)}" if field in fields.repeated else "")
        for field, where in places.items()
        if len(where) > 1
    ]


def unknown_columns(
    unknown: Sequence[int],
    header: Sequence[str],
    fields: Fields,
    *,
    taken: Collection[str],
    callers: Sequence[str] = (),
    cure: str = "",
) -> Iterator[str]:
    """Yield what is wrong with the columns at `unknown`; those that look like ours first."""
    headings = [header[i] for i in unknown if header[i].strip()]
    like = suggest_by_heading(headings, fields, taken=taken)
    absent = [word for word in callers if word not in map(fold, header)]
    like |= {each: word for each in headings if (word := alike(each, absent))}
    for position in sorted(unknown, key=lambda at: header[at] not in like)[:_MOST_UNKNOWN]:
        heading = header[position]
        if not heading.strip():
            yield f"no heading: column {column_letters(position)}{cure}"
            continue
        hint = f"; did you mean {like[heading]}?" if heading in like else ""
        yield f"unknown: {_describe_column(position, header)}{cure}{hint}"
    if len(unknown) > _MOST_UNKNOWN:
        more = len(unknown) - _MOST_UNKNOWN
        yield f"unknown: {more} more columns (--ignore-column '*' ignores all)"


def _describe_column(position: int, header: Sequence[str]) -> str:
    return f"{column_letters(position)} ({short_heading(header[position])!r})"


def advice_without_mapping(*, found_any: bool, callers: Sequence[str]) -> str:
    """Say what to do about a sheet that is read without a mapping."""
    if not found_any:
        return _NO_HEADING_KNOWN
    return _OF_PLANNED_SHEET if callers else _OF_NEW_OFFERS


def describe_faults(
    faults: Iterable[str],
    advice: str,
    fields: Fields,
    *,
    source: str,
    through: str = "",
    callers: Sequence[str] = (),
) -> str:
    """Return the message: what is wrong, what to do, which columns there are."""
    where = f"{source}: " if source else ""
    lines = "".join(f"\n  {fault}" for fault in faults)
    known = ", ".join((*callers, fields.listed))
    return f"{where}the columns do not match{through}.{lines}\n{advice}\nKnown columns: {known}."
