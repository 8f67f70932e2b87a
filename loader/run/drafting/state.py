"""The state of a draft: what is read and checked, what is wrong, what can be undone; its sheets,
and what their columns are.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from loader.errors import WrongColumns
from loader.named_sql import statements
from loader.profile.bind import bind
from loader.profile.model import Profile
from loader.run.drafting.checking import Rules
from loader.run.drafting.database import fact
from loader.run.drafting.stored import StoredSheet, stored_sheets
from loader.run.drafting.values import DraftState, ShownColumn, ShownSheet
from loader.tables.addresses import column_letters
from loader.tables.folding import fold
from loader.validation.entity import Entity
from loader.validation.fields import Form
from loader.validation.header import match_columns

_SQL: Final = statements("state.sql", package=__package__)


def draft_state(
    sql: sqlite3.Connection, *, draft_id: str, label: str, held: str, trouble: str
) -> DraftState:
    """Return the state of a draft; `held` is why nothing can be edited now."""
    notices = [
        notice
        for name in ("read_notices", "notices")
        for notice in orjson.loads(fact(sql, name) or "[]")
    ]
    return DraftState(
        draft_id=draft_id,
        label=label,
        revision=int(fact(sql, "revision", 0)),
        is_read=bool(fact(sql, "is_read", 0)),
        rows=int(fact(sql, "read", 0)),
        checked=int(fact(sql, "checked", 0)),
        wrong_rows=_count(sql, _SQL.wrong_rows),
        errors=_count(sql, _SQL.errors),
        warnings=_count(sql, _SQL.warnings),
        edited=_count(sql, _SQL.edited),
        undo=_words(sql, _SQL.undo),
        redo=_words(sql, _SQL.redo),
        trouble=trouble or str(fact(sql, "trouble")),
        headings=str(fact(sql, "headings")),
        columns=str(fact(sql, "columns")),
        held=held,
        notices=tuple(notices),
    )


def shown_sheets(sql: sqlite3.Connection, rules: Rules) -> Iterator[ShownSheet]:
    """Yield the sheets of a draft, with their columns."""
    for sheet in stored_sheets(sql):
        yield ShownSheet(
            sheet_id=sheet.sheet_id,
            name=sheet.name,
            first=sheet.first,
            rows=sheet.rows,
            wrong=_count(sql, _SQL.wrong_of_sheet, sheet.first, sheet.last),
            columns=shown_columns(sheet, rules),
            is_matched=is_matched(sheet, rules),
        )


def _count(sql: sqlite3.Connection, query: str, *values: int) -> int:
    return int(sql.execute(query, values).fetchone()[0])


def _words(sql: sqlite3.Connection, query: str) -> str:
    row = sql.execute(query).fetchone()
    return "" if row is None else str(row[0])


def shown_columns(sheet: StoredSheet, rules: Rules) -> tuple[ShownColumn, ...]:
    """Return the columns of a sheet, in its order."""
    fields = _fields(sheet, rules)
    return tuple(
        _column(heading, at, fields.get(at, ""), rules.entity)
        for at, heading in enumerate(sheet.header)
    )


def is_matched(sheet: StoredSheet, rules: Rules) -> bool:
    """Say whether every heading is known, and what every row needs is there."""
    try:
        _matched(sheet, rules)
    except WrongColumns:
        return False
    return True


def _fields(sheet: StoredSheet, rules: Rules) -> Mapping[int, str]:
    """Return the field of each column whose cells are read as they are."""
    try:
        return _matched(sheet, rules)
    except WrongColumns:
        found = {at: rules.entity.fields.recognise(each) for at, each in enumerate(sheet.header)}
        return {at: field for at, field in found.items() if field}


def _matched(sheet: StoredSheet, rules: Rules) -> Mapping[int, str]:
    ours = [heading for heading in sheet.header if fold(heading) in rules.reserved]
    profile = rules.profile.model_copy(update={"ignore": (*rules.profile.ignore, *ours)})
    if not profile.is_empty:
        return _of_profile(sheet, profile, rules)
    matched = match_columns(sheet.header, rules.entity.fields, ids_only=_ids_only(rules))
    return {at: field for field, at in matched.positions.items()}


def _of_profile(sheet: StoredSheet, profile: Profile, rules: Rules) -> Mapping[int, str]:
    bound = bind(profile, sheet.header, rules.entity.fields, source="", ids_only=_ids_only(rules))
    made = zip(bound.rules, bound.origins, strict=True)
    return {origins[0]: rule.field for rule, origins in made if len(origins) == 1}


def _column(heading: str, at: int, field: str, entity: Entity) -> ShownColumn:
    letters = column_letters(at)
    if not field:
        return ShownColumn(heading=heading, letters=letters)
    facts = entity.fields.facts_of(field)
    kinds = entity.references.kinds if entity.references else {}
    stem = field if field in kinds else field.rpartition("_")[0]
    return ShownColumn(
        heading=heading,
        letters=letters,
        field=field,
        expected=facts.expected,
        is_required=facts.always,
        words=tuple(map(str, facts.words)) if facts.form is Form.WORD else (),
        names=kinds.get(stem, ""),
    )


def _ids_only(rules: Rules) -> bool:
    return rules.settings.placements == "ids-only"
