"""How fallback offers are maintained by a sheet: the functions of this folder under one name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loader.merge.part import Edits, Part, Parts
from loader.merge.three_way import Change
from loader.merge.undo_merge import UndoMerge
from loader.model import Dialect
from loader.offer import cells_and_edits, columns_of_parts, customer_look, json_patch
from loader.offer.shown_in_columns import shown
from loader.offer.undo_or_keep import undo_changes
from loader.offer.wanted_offers import is_wanted
from loader.validation.editing import (
    Cells,
    Look,
    Names,
    Object,
    PatchStep,
    Uncovered,
    Wanted,
)


class OfferEditing:
    """What `loader.validation.editing.Editing` asks for, of fallback offers."""

    def cells(self, remote: Object, dialect: Dialect, names: Names) -> Cells:
        """Return what a row of a pulled sheet says of an offer."""
        return cells_and_edits.cells(remote, dialect, names)

    def hidden(self, remote: Object, dialect: Dialect) -> Sequence[str]:
        """Return what of an offer no column shows, in words."""
        return shown(remote, dialect).hidden

    def parts(self, remote: Object, dialect: Dialect) -> Parts:
        """Return what columns can show of an offer."""
        return shown(remote, dialect).parts()

    def look(self, remote: Object, dialect: Dialect, names: Names) -> Look:
        """Return how an offer looks to a customer."""
        return customer_look.look(self.parts(remote, dialect), names)

    def is_wanted(self, remote: Object, dialect: Dialect, wanted: Wanted) -> bool:
        """Return whether an offer is among those that a person asks for."""
        return is_wanted(self.parts(remote, dialect), wanted)

    def edits(
        self, remote: Object, pulled: Cells, current: Cells, document: Object, dialect: Dialect
    ) -> Edits:
        """Return what a person changed in a row that was pulled."""
        return cells_and_edits.edits(remote, pulled, current, document, dialect)

    def edits_of_unpulled(self, current: Cells, document: Object, dialect: Dialect) -> Edits:
        """Return the edits of a row that was not pulled."""
        return cells_and_edits.edits_of_unpulled(current, document, dialect)

    def patch(
        self,
        remote: Object,
        dialect: Dialect,
        changes: Sequence[Change],
        *,
        back_to: Object | None = None,
        undone: Sequence[Mapping[str, Any]] = (),
    ) -> list[PatchStep]:
        """Return the JSON Patch that makes the changes."""
        return json_patch.patch(remote, dialect, changes, back_to=back_to, undone=undone)

    def column_of(self, part: Part, cells: Cells, names: Names) -> str:
        """Return the column of a row that shows a part, "" where there is none."""
        return columns_of_parts.column_of(part, cells, names)

    def filled_placements(self, parts: Parts) -> Collection[str]:
        """Return the placements that have any content."""
        return {part.placement for part in parts if part.field == "type"}

    def uncovered(
        self, remote: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> Sequence[Uncovered]:
        """Return the contents whose removal would show a second one behind them."""
        doubled = shown(remote, dialect).doubled
        return [
            Uncovered(
                content=replace(each.part, field="content"),
                blamed=replace(each.part, field="language"),
            )
            for each in changes
            if each.part.field == "type"
            and each.after is None
            and (each.part.placement, each.part.language) in doubled
        ]

    def archive_changes(self, remote: Object, dialect: Dialect) -> Sequence[Change]:
        """Return the change that archives an offer."""
        return json_patch.archive_changes(remote, dialect)

    def undo_changes(
        self, before: Object, remote: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> UndoMerge:
        """Return what undoes the changes that a run made of `before`."""
        return undo_changes(before, remote, dialect, changes)
