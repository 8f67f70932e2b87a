"""Refuse rows that delete or archive an offer which a decision falls back to. Pure.

Decisions are known only where the API lists decisions to this credential.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import orjson

from loader.journal.records import PlannedRow
from loader.merge.update_body import load_body
from loader.model import Dialect, Operation, RowError, RowKind, Severity
from loader.planning.decide_row import Planned
from loader.planning.sheet_row import SheetRow, row_error
from loader.pulled.layout import ACTION
from loader.validation.editing import Editing
from loader.validation.references import OfferDecision

_ENDED_BY = {Operation.DELETE: "deleted", Operation.ARCHIVE: "archived"}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Decisions by the `at_id` of the offer that they fall back to; names of placements by id.

    `column` is the one of the first placement.
    """

    by_fallback: Mapping[str, Sequence[OfferDecision]]
    names: Mapping[str, str]
    column: str
    editing: Editing
    dialect: Dialect

    @classmethod
    def of(
        cls,
        decisions: Sequence[OfferDecision],
        *,
        names: Mapping[str, str],
        column: str,
        editing: Editing,
        dialect: Dialect,
    ) -> Self:
        """Return the decisions of a target."""
        found: dict[str, list[OfferDecision]] = {}
        for each in decisions:
            found.setdefault(each.fallback, []).append(each)
        return cls(by_fallback=found, names=names, column=column, editing=editing, dialect=dialect)

    def check(self, row: SheetRow, planned: Planned) -> Planned:
        """Return what is planned for a row, or why a decision forbids it."""
        if not isinstance(planned, PlannedRow) or planned.there is None:
            return planned
        using = self.by_fallback.get(planned.there.receipt.at_id)
        if not using or planned.kind is not RowKind.PRIMARY:
            return planned
        if planned.operation in _ENDED_BY:
            return replace(
                planned,
                kind=RowKind.INVALID,
                errors=[*planned.errors, _in_use_error(row, planned.operation, using)],
            )
        return replace(
            planned, errors=[*planned.errors, *self._missing_contents(row, planned, using)]
        )

    def _missing_contents(
        self, row: SheetRow, planned: PlannedRow, using: Sequence[OfferDecision]
    ) -> list[RowError]:
        """Return a warning where a decision fills a placement that the offer will not."""
        parts = dict(self.editing.parts(orjson.loads(planned.before), self.dialect))
        for each in load_body(planned.body).changes:
            if each.change.after is None:
                parts.pop(each.change.part, None)
            else:
                parts[each.change.part] = each.change.after
        filled = self.editing.filled_placements(parts)
        lacks = []
        for decision in using:
            missing = [self.names.get(each, each) for each in decision.placements
                       if each not in filled]  # fmt: skip
            lacks += [f"{decision.name or decision.id}: {', '.join(missing)}"] if missing else []
        if not lacks:
            return []
        message = f"as a fallback it lacks content for placements of decisions ({'; '.join(lacks)})"
        advice = "give it content for each of them, or give the decision another fallback"
        error = row_error(row, self.column, "fallback-lacks-placement", message, advice)
        return [replace(error, severity=Severity.WARNING)]


def _in_use_error(row: SheetRow, operation: Operation, using: Sequence[OfferDecision]) -> RowError:
    named = ", ".join(each.name or each.id for each in using[:_MOST_NAMED])
    return row_error(
        row, ACTION, "used-as-fallback",
        f"it cannot be {_ENDED_BY[operation]}: it is the fallback of {named}",
        "give those decisions another fallback first",
    )  # fmt: skip
