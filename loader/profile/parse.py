"""From a TOML document to a `Profile`; or every problem at once, with its table and key.

Rules of this file: pure; a key that does not exist is told with the nearest one; whatever can be
wrong with a profile by itself is found here, and what depends on a sheet's headings in `bind`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from loader.errors import SettingsError
from loader.profile.keys import FIELD_KEYS, FILE_KEYS, SKIP_KEYS, Key, Takes
from loader.profile.model import Escape, FieldRule, Profile, RowsAre, SkipRule, Unlisted
from loader.profile.transform import require_valid_pattern
from loader.tables import date_format
from loader.validation.fields import Fields, Form
from loader.validation.similarity import nearest_of

Table = Mapping[str, Any]  # Any: whatever TOML can hold
_ORIGINS = ("from", "constant", "template")
_LATER = ("join", "extract", "split", "values", "date_format", "time", "default")


def parse_profile(document: Table, fields: Fields, *, name: str) -> Profile:
    """Return the profile of a document, for sheets with `fields`.

    Raises `SettingsError` with all that is wrong.
    """
    reader = _Reader(name, fields)
    profile = reader.profile(document)
    if reader.problems:
        raise SettingsError(problems_text(name, reader.problems))
    return profile


def problems_text(name: str, problems: Sequence[str]) -> str:
    """Say what is wrong with a profile."""
    lines = "".join(f"\n  - {problem}" for problem in problems)
    return f"{name}: the mapping cannot be used:{lines}"


class _Reader:
    """Reads one document and remembers what is wrong with it."""

    def __init__(self, name: str, fields: Fields) -> None:
        self._name = name
        self._known = fields
        self.problems: list[str] = []

    def profile(self, document: Table) -> Profile:
        top = self._table(document, FILE_KEYS, "")
        fields = top.pop("fields", {})
        skip = top.pop("skip", [])
        profile = Profile(
            name=self._name,
            fields=MappingProxyType(
                {rule.field: rule for rule in self._fields(fields) if rule is not None}
            ),
            skip=tuple(self._skips(skip)),
            ignore=_texts(top.pop("ignore", ())),
            rows=RowsAre(top.pop("rows", RowsAre.OFFER)),
            key=_texts(top.pop("key", ())),
            **top,
        )
        self._try("date_format", date_format.compiled, profile.date_format)
        self._try("zone", _require_zone, profile.zone)
        self.problems += _contradicting_rows(profile, self._known)
        return profile

    def _fields(self, tables: Table) -> Iterator[FieldRule | None]:
        for name, table in tables.items():
            where = f"[fields.{name}] "
            field = self._known.named(name)
            if field is None:
                near = nearest_of(name, self._known.columns)
                hint = f"; did you mean {near}?" if near else f"; known: {self._known.listed}"
                self.problems.append(f"{where}no such field{hint}")
                continue
            if isinstance(table, str):
                table = {"from": table}  # noqa: PLW2901 - the short form is the long one
            if not isinstance(table, Mapping):
                self.problems.append(f"{where}a heading or a table is expected")
                continue
            yield self._field(field, self._table(table, FIELD_KEYS, where), where)

    def _field(self, field: str, given: dict[str, Any], where: str) -> FieldRule | None:
        origins = [key for key in _ORIGINS if key in given]
        if len(origins) != 1:
            found = f"{' and '.join(origins)} are given" if origins else "none is given"
            self.problems.append(f"{where}exactly one of from, constant, template: {found}")
            return None
        before = len(self.problems)
        self._require_sense(field, given, where)
        self._try(f"{where}extract", require_valid_pattern, given.get("extract"))
        self._try(f"{where}date_format", date_format.compiled, given.get("date_format"))
        self._try(f"{where}time", _require_time, given.get("time"))
        if "template" in given:
            escape = Escape(given.get("escape", Escape.HTML))
            self._try(f"{where}template", _template_checker(escape), given["template"])
        if len(self.problems) > before:
            return None
        return _rule(field, given)

    def _require_sense(self, field: str, given: Table, where: str) -> None:
        self.problems += [
            f"{where}{problem}" for problem in _contradictions(self._known, field, given)
        ]

    def _skips(self, tables: Sequence[Table]) -> Iterator[SkipRule]:
        for number, table in enumerate(tables, start=1):
            where = f"[[skip]] {number}: "
            given = self._table(table, SKIP_KEYS, where)
            conditions = [key for key in ("equals", "blank", "matches") if key in given]
            if "column" not in given or len(conditions) != 1:
                self.problems.append(
                    f"{where}column and exactly one of equals, blank, matches are expected"
                )
                continue
            if given.get("blank") is False:
                self.problems.append(f"{where}blank: only true is expected")
            self._try(f"{where}matches", require_valid_pattern, given.get("matches"))
            yield SkipRule(
                column=given["column"],
                equals=_texts(given.get("equals", ())),
                blank="blank" in given,
                matches=given.get("matches"),
            )

    def _table(self, table: Table, keys: Sequence[Key], where: str) -> dict[str, Any]:
        """Return what can be used of a table; what cannot is a problem."""
        known = {key.name: key for key in keys}
        usable = {}
        for name, value in table.items():
            key = known.get(name)
            if key is None:
                near = nearest_of(name, known)
                hint = f"; did you mean {near}?" if near else f"; known: {', '.join(known)}"
                self.problems.append(f"{where}{name}: no such key{hint}")
            elif not _fits(value, key):
                self.problems.append(f"{where}{name}: {key.expected} is expected")
            else:
                usable[name] = value
        return usable

    def _try(self, where: str, check: Callable[[str], object], value: str | None) -> None:
        if value is None:
            return
        try:
            check(value)
        except ValueError as error:
            self.problems.append(f"{where} {value[:60]!r}: {error}")


def _fits(value: object, key: Key) -> bool:
    return value in key.words if key.words else _TAKEN[key.takes](value)


def _all_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


_TAKEN: Mapping[Takes, Callable[[Any], bool]] = {
    Takes.TEXT: lambda value: isinstance(value, str),
    Takes.TEXTS: lambda value: isinstance(value, str) or _all_of(value, str),
    Takes.NUMBER: lambda value: type(value) is int and value >= 1,
    Takes.FLAG: lambda value: isinstance(value, bool),
    Takes.MAP: lambda value: (
        isinstance(value, dict) and bool(value) and _all_of([*value.values()], str)
    ),
    Takes.RULES: lambda value: _all_of(value, dict),
    Takes.FIELDS: lambda value: isinstance(value, dict),
}


def _contradictions(fields: Fields, field: str, given: Table) -> Iterator[str]:
    """Say which keys of a field make no sense together."""
    sources = _texts(given.get("from", ()))
    is_date = fields.facts_of(field).form is Form.DATE
    beside_constant = [key for key in (*_LATER, "escape") if key in given]
    rules = (
        ("constant" in given and beside_constant, "nothing is done to a constant, but it has "),
        ("escape" in given and "template" not in given, "escape: only a template has it"),
        ("join" in given and len(sources) < 2, "join: from names fewer than two columns"),
        ("from" in given and not sources, "from: a heading is expected"),
        ("ignore_case" in given and "values" not in given, "ignore_case: there are no values"),
        ("unlisted" in given and "values" not in given, "unlisted: there are no values"),
        (given.get("split") == "", "split: what separates the items is expected"),
        ("date_format" in given and not is_date, f"date_format: {_ONLY_DATES}"),
        ("time" in given and not is_date, f"time: {_ONLY_DATES}"),
    )
    for broken, problem in rules:
        if broken:
            yield problem + (", ".join(broken) if isinstance(broken, list) else "")


def _contradicting_rows(profile: Profile, fields: Fields) -> Iterator[str]:
    """Say what does not fit together with what a row is."""
    if not profile.is_long:
        if profile.key:
            yield f'key: only rows = "{RowsAre.REPRESENTATION}" has one'
        return
    if not any(heading.strip() for heading in profile.key):
        yield f'rows = "{profile.rows}": key is missing, the column that rows of one offer share'
    for field in profile.fields:
        if (fields.group_of(field) or 1) > 1:
            yield f"[fields.{field}] a row is one representation, so no field has a number"


_ONLY_DATES = "only start_date and end_date have it"


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _rule(field: str, given: dict[str, Any]) -> FieldRule:
    plain = {key: given[key] for key in _PLAIN if key in given}
    return FieldRule(
        field=field,
        sources=_texts(given.get("from", ())),
        escape=Escape(given.get("escape", Escape.HTML)),
        unlisted=Unlisted(given.get("unlisted", Unlisted.ERROR)),
        values=MappingProxyType(dict(given.get("values", {}))),
        **plain,
    )


_PLAIN = (
    "constant", "template", "join", "extract", "split", "ignore_case", "date_format", "time",
    "default",
)  # fmt: skip


def _template_checker(escape: Escape) -> Callable[[str], object]:
    from loader.profile.template import compiled  # noqa: PLC0415 - only where a template is used

    return lambda source: compiled(source, escape)


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError("no such time zone; a name like Europe/Paris is expected") from error


def _require_time(text: str) -> None:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text):
        raise ValueError("a time like 23:59 is expected")
