"""From a TOML document to a `Profile`; or every problem at once, with its table and key.

Whatever can be wrong with a profile by itself is found here, and what depends on the headings of a
sheet in `bind`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from loader.errors import SettingsError
from loader.profile.model import FieldRule, Profile, RowsAre, SkipRule
from loader.validation.fields import Fields, Form
from loader.validation.similarity import nearest_of

Table = Mapping[str, Any]  # Any: whatever TOML can hold
M = TypeVar("M", bound=BaseModel)

_ORIGINS = ("from", "constant", "template")
_LATER = (
    "join", "extract", "split", "values", "decimal", "date_format", "time", "default", "escape",
)  # fmt: skip
_CONDITIONS = ("equals", "blank", "matches")
_MOST_SOURCES, _LONGEST_JOIN = 50, 200
_ONLY_DATES = "only start_date and end_date have it"


def parse_profile(document: Table, fields: Fields, *, name: str) -> Profile:
    """Return the profile of a document, for sheets with `fields`.

    Raises `SettingsError` with all that is wrong.
    """
    reader = _Reader(fields)
    profile = reader.profile(document, name)
    if reader.problems:
        raise SettingsError(problems_text(name, reader.problems))
    return profile


_MOST_PROBLEMS = 50


def problems_text(name: str, problems: Sequence[str]) -> str:
    """Say what is wrong with a profile: the first things, and how many there are."""
    lines = "".join(f"\n  - {problem}" for problem in problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        lines += f"\n  … and {len(problems) - _MOST_PROBLEMS} more"
    return f"{name}: the mapping cannot be used:{lines}"


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the keys that a table of the file may have: what is described is a key."""
    fields = model.model_fields.items()
    return {info.alias or name: info for name, info in fields if info.description}


def describe_accepted(info: FieldInfo) -> str:
    """Say in words what a key takes."""
    assert isinstance(info.json_schema_extra, dict)  # noqa: S101 - `toml_key` made it
    return str(info.json_schema_extra["accepts"])


class _Reader:
    """Reads one document and remembers what is wrong with it."""

    def __init__(self, fields: Fields) -> None:
        self._known = fields
        self.problems: list[str] = []

    def profile(self, document: Table, name: str) -> Profile:
        top = dict(document)
        if isinstance(fields := top.get("fields"), dict):
            top["fields"] = {rule.field: rule for rule in self._fields(fields)}
        skip = top.get("skip")
        if isinstance(skip, list) and all(isinstance(table, dict) for table in skip):
            top["skip"] = tuple(self._skips(skip))
        profile = self._build(Profile, top, "", name=name)
        self.problems += _contradicting_rows(profile, self._known)
        return profile

    def _fields(self, tables: Table) -> Iterator[FieldRule]:
        for name, table in tables.items():
            where = f"[fields.{name}] "
            field = self._known.by_own_name(name)
            given = {"from": table} if isinstance(table, str) else table  # the short form
            if field is None:
                hint = _hint(name, self._known.columns, self._known.listed)
                self.problems.append(f"{where}no such field{hint}")
            elif not isinstance(given, dict):
                self.problems.append(f"{where}a heading or a table is expected")
            else:
                rule = self._build(FieldRule, given, where, field=field)
                is_date = self._known.facts_of(field).form is Form.DATE
                contradictions = _contradictions(rule, given, is_date=is_date)
                self.problems += [f"{where}{problem}" for problem in contradictions]
                yield rule

    def _skips(self, tables: Sequence[Table]) -> Iterator[SkipRule]:
        for number, table in enumerate(tables, start=1):
            where = f"[[skip]] {number}: "
            rule = self._build(SkipRule, table, where)
            if "column" not in table or sum(key in table for key in _CONDITIONS) != 1:
                self.problems.append(
                    f"{where}column and exactly one of equals, blank, matches are expected"
                )
            if table.get("blank") is False:
                self.problems.append(f"{where}blank: only true is expected")
            yield rule

    def _build(self, model: type[M], table: Table, where: str, **ours: str) -> M:
        """Make `model` of what can be used of a table; what cannot is a problem."""
        keys = keys_of(model)
        usable = {name: value for name, value in table.items() if name in keys}
        for name in table:
            if name not in keys:
                hint = _hint(name, keys, ", ".join(keys))
                self.problems.append(f"{where}{name}: no such key{hint}")
        try:
            return model.model_validate(usable | ours)
        except ValidationError as error:
            wrong = {str(each["loc"][0]): each for each in error.errors(include_url=False)}
        for name, detail in wrong.items():
            self.problems.append(where + _problem(name, usable.pop(name), keys[name], detail))
        return model.model_validate(usable | ours)


def _problem(name: str, value: object, key: FieldInfo, detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return f"{name} {str(value)[:60]!r}: {detail['ctx']['error']}"
    return f"{name}: {describe_accepted(key)} is expected"


def _hint(name: str, known: Mapping[str, object] | Sequence[str], listed: str) -> str:
    near = nearest_of(name, known)
    return f"; did you mean {near}?" if near else f"; known: {listed}"


def _contradictions(rule: FieldRule, given: Table, *, is_date: bool) -> Iterator[str]:
    """Say which keys of a field make no sense together."""
    origins = [key for key in _ORIGINS if key in given]
    if len(origins) != 1:
        found = f"{' and '.join(origins)} are given" if origins else "none is given"
        yield f"exactly one of from, constant, template: {found}"
        return
    beside_constant = ", ".join(key for key in _LATER if key in given)
    if "constant" in given and beside_constant:
        yield f"nothing is done to a constant, but it has {beside_constant}"
    joins_nothing = len(rule.sources) == 1 or "from" not in given
    broken = (
        ("escape", "template" not in given, "only a template has it"),
        ("join", joins_nothing, "from names fewer than two columns"),
        ("from", given.get("from") == [], "a heading is expected"),
        ("from", len(rule.sources) > _MOST_SOURCES, f"more than {_MOST_SOURCES} headings"),
        ("join", len(rule.join or "") > _LONGEST_JOIN, f"more than {_LONGEST_JOIN} characters"),
        ("ignore_case", "values" not in given, "there are no values"),
        ("unlisted", "values" not in given, "there are no values"),
        ("decimal", is_date, "a date is no number"),
        ("decimal", len(rule.sources) != 1, "only a field from one column has it"),
        ("date_format", not is_date, _ONLY_DATES),
        ("time", not is_date, _ONLY_DATES),
    )
    for key, is_broken, problem in broken:
        if key in given and is_broken:
            yield f"{key}: {problem}"


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
