"""What the columns of a draft's sheets are: the field of each, and what is expected there."""

from collections.abc import Mapping

from loader.errors import WrongColumns
from loader.profile.bind import bind
from loader.profile.model import Profile
from loader.run.drafting.check_rows import Rules
from loader.run.drafting.shown_values import ShownColumn
from loader.run.drafting.stored_rows import StoredSheet
from loader.tables.addresses import column_letters
from loader.tables.fold_headings import fold
from loader.validation.entity import Entity
from loader.validation.fields import Form
from loader.validation.header import match_columns


def shown_columns(sheet: StoredSheet, rules: Rules) -> tuple[ShownColumn, ...]:
    """Return the columns of a sheet, in its order."""
    fields = _fields(sheet, rules)
    return tuple(
        _column(heading, at, fields.get(at, ""), rules.entity)
        for at, heading in enumerate(sheet.header)
    )


def is_matched(sheet: StoredSheet, rules: Rules) -> bool:
    """Return whether every heading is known, and what every row needs is there."""
    try:
        _match(sheet, rules)
    except WrongColumns:
        return False
    return True


def _fields(sheet: StoredSheet, rules: Rules) -> Mapping[int, str]:
    """Return the field of each column whose cells are read as they are."""
    try:
        return _match(sheet, rules)
    except WrongColumns:
        found = {at: rules.entity.fields.recognise(each) for at, each in enumerate(sheet.header)}
        return {at: field for at, field in found.items() if field}


def _match(sheet: StoredSheet, rules: Rules) -> Mapping[int, str]:
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
        is_required=facts.always_required,
        words=tuple(map(str, facts.words)) if facts.form is Form.WORD else (),
        names=kinds.get(stem, ""),
    )


def _ids_only(rules: Rules) -> bool:
    return rules.settings.placements == "ids-only"
