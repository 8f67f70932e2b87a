"""How fallback offers are kept by a sheet: the functions of this folder under one name."""

from collections.abc import Mapping, Sequence
from typing import Any

from loader.merge.part import Edits, Part, Parts
from loader.merge.three_way import Change
from loader.merge.undo_merge import UndoMerge
from loader.model import Dialect
from loader.offer import cells_and_edits, json_patch
from loader.offer.shown_in_columns import shown
from loader.offer.undo_or_keep import taken_back
from loader.validation.editing import Cells, Names, Object, PatchStep


class OfferEditing:
    """What `loader.validation.editing.Editing` asks for, of fallback offers."""

    def cells(self, there: Object, dialect: Dialect, names: Names) -> Cells:
        """Return what a row of a pulled sheet says of an offer."""
        return cells_and_edits.cells(there, dialect, names)

    def hidden(self, there: Object, dialect: Dialect) -> Sequence[str]:
        """Return what of an offer no column shows, in words."""
        return shown(there, dialect).hidden

    def parts(self, there: Object, dialect: Dialect) -> Parts:
        """Return what columns can show of an offer."""
        return shown(there, dialect).parts()

    def edits(
        self, there: Object, pulled: Cells, now: Cells, document: Object, dialect: Dialect
    ) -> Edits:
        """Return what a person changed in a row that was pulled."""
        return cells_and_edits.edits(there, pulled, now, document, dialect)

    def given(self, now: Cells, document: Object, dialect: Dialect) -> Edits:
        """Return what a row says that was not pulled."""
        return cells_and_edits.given(now, document, dialect)

    def patch(
        self,
        there: Object,
        dialect: Dialect,
        changes: Sequence[Change],
        *,
        back_to: Object | None = None,
        ours: Sequence[Mapping[str, Any]] = (),
    ) -> list[PatchStep]:
        """Return the JSON Patch that makes the changes."""
        return json_patch.patch(there, dialect, changes, back_to=back_to, ours=ours)

    def uncovered(
        self, there: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> Sequence[Part]:
        """Return the types of contents whose removal would show a second one behind them."""
        doubled = shown(there, dialect).doubled
        return [
            each.part
            for each in changes
            if each.part.field == "type"
            and each.after is None
            and (each.part.placement, each.part.language) in doubled
        ]

    def archived(self, there: Object, dialect: Dialect) -> Sequence[Change]:
        """Return the change that archives an offer."""
        return json_patch.archived(there, dialect)

    def taken_back(
        self, before: Object, there: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> UndoMerge:
        """Return what puts back the changes that a run made of `before`."""
        return taken_back(before, there, dialect, changes)
