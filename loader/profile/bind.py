"""Bind a profile to the header of a sheet: which column of the sheet each field comes from.

A column is used as the profile says, else by its heading as in any sheet, else the profile must
ignore it by name. All other columns are refused, in one error; nothing is guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from loader.errors import WrongColumns
from loader.profile.model import FieldRule, Profile, SkipRule
from loader.profile.nested import MOST_NAMES, path_of
from loader.tables.addresses import column_letters, column_position
from loader.tables.fold_headings import fold
from loader.validation.fields import Fields, Form
from loader.validation.header import (
    Columns,
    advice_without_mapping,
    describe_faults,
    missing_fields,
    unknown_columns,
)
from loader.validation.repair_column import is_reserved
from loader.validation.similarity import nearest_of

EVERY_OTHER = "*"
_NOWHERE: Final = -1  # the place of a column that is not found
_BY_LETTERS = re.compile(r"column ([A-Z]{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundProfile:
    """A profile whose columns have been found in a sheet.

    `columns` are those of the mapped chunk; `rules[i]` makes its column i from the sheet's columns
    `origins[i]`. `names` gives templates their variables: name -> position in the sheet.
    """

    profile: Profile
    header: tuple[str, ...]
    columns: Columns
    rules: tuple[FieldRule, ...]
    origins: tuple[tuple[int, ...], ...]
    skips: tuple[tuple[int, SkipRule], ...]
    keys: tuple[int, ...]  # positions that tell which rows are one offer, in the long form
    ignored: frozenset[int]
    names: Mapping[str, int]
    by_heading: tuple[tuple[int, str], ...]  # (position, field) that the profile does not mention


def bind(
    profile: Profile,
    header: Sequence[str],
    fields: Fields,
    *,
    source: str,
    ids_only: bool = False,
    callers: Sequence[str] = (),
) -> BoundProfile:
    """Bind a profile to a header; raise `WrongColumns` with all that is wrong.

    `callers`: the headings that the caller reads itself, as for `match_columns`.
    """
    return _Binding(profile, header, fields, ids_only=ids_only, callers=callers).bind(source)


class _Binding:
    """Finds the columns that a profile names."""

    def __init__(
        self,
        profile: Profile,
        header: Sequence[str],
        fields: Fields,
        *,
        ids_only: bool,
        callers: Sequence[str],
    ) -> None:
        self._profile = profile
        self._fields = fields
        self._ids_only = ids_only
        self._callers = callers
        self._header = tuple(header)
        self._width = max((i + 1 for i, heading in enumerate(header) if heading.strip()), default=0)
        self._faults: list[str] = []
        self._missing_headings: list[str] = []  # headings that the profile names
        self._found_named = False
        self._names = _names(self._header)

    def bind(self, source: str) -> BoundProfile:
        profile = self._profile
        skips = tuple((self._find(rule.column, "[[skip]]"), rule) for rule in profile.skip)
        keys = tuple(self._find(heading, "key") for heading in profile.key)
        ignored = {
            self._find(heading, "ignore") for heading in profile.ignore if heading != EVERY_OTHER
        }
        bound_rules = [
            (rule, self._origins(rule)) for rule in map(self._split_paths, profile.fields.values())
        ]
        taken = {at for rule, origins in bound_rules if rule.sources for at in origins}
        read_columns = {at for _, origins in bound_rules for at in origins}
        read_columns |= {at for at, _ in skips} | set(keys)
        unmentioned = list(self._by_heading(taken | ignored, read_columns))
        bound_rules += unmentioned
        bound_rules = [(self._with_date_format(rule), origins) for rule, origins in bound_rules]
        self._faults += self._missing([rule.field for rule, _ in bound_rules])
        if self._faults:
            raise WrongColumns(self._message(source, found_any=bool(bound_rules)))
        return BoundProfile(
            profile=profile,
            header=self._header,
            columns=self._columns(bound_rules),
            rules=tuple(rule for rule, _ in bound_rules),
            origins=tuple(origins for _, origins in bound_rules),
            skips=skips,
            keys=keys,
            ignored=frozenset(ignored) | self._unused_columns(bound_rules, read_columns),
            names=self._names,
            by_heading=tuple((origins[0], rule.field) for rule, origins in unmentioned),
        )

    def _split_paths(self, rule: FieldRule) -> FieldRule:
        """Split names such as `slot.code` into the column and the path inside its JSON."""
        named = [self._split_path(heading) for heading in rule.sources]
        if not any(path for _, path in named):
            return rule
        sources, paths = zip(*named, strict=True)
        return rule.model_copy(update={"sources": sources, "paths": paths})

    def _split_path(self, heading: str) -> tuple[str, tuple[str, ...]]:
        column, path = path_of(heading)
        is_there = self._positions(heading) or not self._positions(column)
        if is_there or not all(path) or len(path) > MOST_NAMES:
            return heading, ()
        return column, path

    def _positions(self, heading: str) -> list[int]:
        """Return the columns with a heading: exactly this one, else one that is folded alike."""
        exact = [i for i, own in enumerate(self._header) if own.strip() == heading.strip()]
        return exact or [
            i for i, own in enumerate(self._header) if own.strip() and fold(own) == fold(heading)
        ]

    def _origins(self, rule: FieldRule) -> tuple[int, ...]:
        where = f"[fields.{rule.field}]"
        if rule.template is None:
            return tuple(self._find(heading, f"{where} from") for heading in rule.sources)
        from loader.profile.template import compile_template  # noqa: PLC0415 - only where one is used

        template = compile_template(rule.template, rule.escape)
        found = [self._find(heading, f"{where} template") for heading in sorted(template.headings)]
        for name in sorted(template.names):
            if name in self._names:
                found.append(self._names[name])
            else:
                near = nearest_of(name, self._names)
                hint = f"; did you mean {near}?" if near else ""
                self._faults.append(f"{where} template: there is no column for {name}{hint}")
        return tuple(dict.fromkeys(found))

    def _find(self, heading: str, where: str) -> int:
        """Return the position of the column; add a fault where it is not clear which one it is."""
        found = self._positions(heading)
        self._found_named |= bool(found)
        if len(found) == 1:
            return found[0]
        letters = _BY_LETTERS.fullmatch(heading.strip())
        if not found and letters and column_position(letters[1]) < len(self._header):
            return column_position(letters[1])
        if found:
            places = " and ".join(f"column {column_letters(i)}" for i in found)
            self._faults.append(
                f"{where} {heading!r} is in {places}: name the column by its letter"
            )
        else:
            self._missing_headings.append(heading)
            near = nearest_of(heading, [own for own in self._header if own.strip()])
            hint = f"; did you mean {near!r}?" if near else ""
            self._faults.append(f"{where} {heading!r}: the sheet has no such column{hint}")
        return _NOWHERE

    def _by_heading(
        self, used: set[int], read_columns: set[int]
    ) -> Iterator[tuple[FieldRule, tuple[int, ...]]]:
        """Yield rules for columns that the profile does not mention, by their headings."""
        seen: dict[str, int] = {}
        unknown: list[int] = []
        for position in range(self._width):
            if position in used:
                continue
            field = self._fields.recognise(self._header[position])
            if field is None or field in self._profile.fields:
                if position not in read_columns and not is_reserved(self._header[position]):
                    unknown.append(position)
            elif field in seen:
                both = f"{column_letters(seen[field])} and {column_letters(position)}"
                self._faults.append(f"twice: {field}, in columns {both}: ignore one of them")
            elif self._profile.is_long and (self._fields.group_of(field) or 1) > 1:
                place = f"column {column_letters(position)}"
                self._faults.append(
                    f"numbered: {field}, in {place}: a row is one representation; ignore it"
                )
            else:
                seen[field] = position
                yield FieldRule(field=field, sources=(self._header[position],)), (position,)
        if EVERY_OTHER not in self._profile.ignore:
            self._faults += self._unknown(unknown, taken=seen)

    def _missing(self, present: Sequence[str]) -> Iterator[str]:
        cure = ": give it a column, or a constant" if self._profile.name else ""
        for fault in missing_fields(present, self._fields, ids_only=self._ids_only):
            yield f"{fault}{cure}"

    def _unknown(self, unknown: Sequence[int], *, taken: Mapping[str, int]) -> Iterator[str]:
        return unknown_columns(
            unknown,
            self._header,
            self._fields,
            taken={*taken, *self._profile.fields},
            callers=self._callers,
            cure=": give its field, or ignore it" if self._profile.name else "",
        )

    def _with_date_format(self, rule: FieldRule) -> FieldRule:
        """Return the rule of a date with the format of the file where it has none of its own."""
        is_date = self._fields.facts_of(rule.field).form is Form.DATE and rule.constant is None
        if is_date and rule.date_format is None and self._profile.date_format:
            return rule.model_copy(update={"date_format": self._profile.date_format})
        return rule

    def _columns(self, bound_rules: Sequence[tuple[FieldRule, tuple[int, ...]]]) -> Columns:
        return Columns(
            fields=self._fields,
            header=tuple(
                " + ".join(
                    self._header[i].strip() or f"column {column_letters(i)}" for i in origins
                )
                or rule.field
                for rule, origins in bound_rules
            ),
            positions=MappingProxyType(
                {rule.field: at for at, (rule, _) in enumerate(bound_rules)}
            ),
        )

    def _unused_columns(
        self, bound_rules: Sequence[tuple[FieldRule, tuple[int, ...]]], read_columns: set[int]
    ) -> frozenset[int]:
        used = {at for _, origins in bound_rules for at in origins} | read_columns
        return frozenset(range(self._width)) - used

    def _advice(self, *, found_any: bool) -> str:
        """Say what to do, by what is most likely wrong."""
        if not self._profile.name:
            return advice_without_mapping(found_any=found_any, callers=self._callers)
        fix = "Fix the mapping; `loader explain mappings` lists its keys."
        if self._missing_headings and not self._found_named:
            return (
                "The sheet has no column that the mapping names. Is the mapping for another file,"
                " or is this one read in a wrong way: its separator (--delimiter), encoding"
                " (--encoding), sheet (--sheet) or header row (--header-row)? Else "
                f"{fix[0].lower()}{fix[1:]}"
            )
        if self._missing_headings and not any(
            heading.isascii() for heading in self._missing_headings
        ):
            return (
                "Only headings with accents or the like are not found: if they look wrong above,"
                f" name the encoding of the file with --encoding. Else {fix[0].lower()}{fix[1:]}"
            )
        return fix

    def _message(self, source: str, *, found_any: bool) -> str:
        return describe_faults(
            self._faults,
            self._advice(found_any=found_any),
            self._fields,
            source=source,
            through=f" through {self._profile.name}" if self._profile.name else "",
            callers=self._callers,
        )


def _names(header: Sequence[str]) -> dict[str, int]:
    """Return the variables of templates: folded headings that are one column's alone."""
    names: dict[str, list[int]] = {}
    for position, heading in enumerate(header):
        if fold(heading):
            names.setdefault(fold(heading), []).append(position)
    return {name: found[0] for name, found in names.items() if len(found) == 1}
