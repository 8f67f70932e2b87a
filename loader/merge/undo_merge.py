"""What an undo puts back of one entity, and what it keeps because somebody edited it since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loader.merge.part import Part
from loader.merge.three_way import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoMerge:
    """The changes that put back what was before; the parts that stay as they are.

    `kept_with`: nobody edited them, but they belong to a part that somebody edited. `hides_second`:
    without them, a second one would show up that no column shows. `name_taken`: another offer has
    this name now.
    """

    changes: Sequence[Change] = ()
    edited: Sequence[Part] = ()
    kept_with: Sequence[Part] = ()
    hides_second: Sequence[Part] = ()
    name_taken: Sequence[Part] = ()

    @property
    def keeps_contents(self) -> bool:
        """Whether a content stays as it is."""
        return any(part.placement for part in (*self.edited, *self.kept_with, *self.hides_second))

    def describe_kept(self, names: Mapping[str, str]) -> str:
        """Return what is kept, and why; "" for nothing. `names` are those of placements, by id."""
        reasons = [
            f"{what}: {_listed(parts, names)}"
            for what, parts in (
                ("edited since", self.edited),
                ("hides a second content for the same placement and language", self.hides_second),
                ("kept with it", self.kept_with),
                ("another offer has this name now", self.name_taken),
            )
            if parts
        ]
        return "; ".join(reasons)


def _listed(parts: Sequence[Part], names: Mapping[str, str]) -> str:
    return ", ".join(part.words(names) for part in parts)
