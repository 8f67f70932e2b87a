"""What an undo puts back of one entity, and what it keeps because somebody edited it since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loader.merge.part import Part
from loader.merge.three_way import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The changes that put back what was before; the parts that stay as they are.

    `kept_with`: nobody edited them, but they belong to a part that somebody edited. `hiding`: taken
    away, they would let a second one show up that no column shows. `taken`: another offer has this
    name now.
    """

    changes: Sequence[Change] = ()
    edited: Sequence[Part] = ()
    kept_with: Sequence[Part] = ()
    hiding: Sequence[Part] = ()
    taken: Sequence[Part] = ()

    @property
    def keeps_contents(self) -> bool:
        """Say whether a content stays as it is."""
        return any(part.placement for part in (*self.edited, *self.kept_with, *self.hiding))

    def kept(self, names: Mapping[str, str]) -> str:
        """Say what is kept, and why; "" for nothing. `names` are those of placements, by id."""
        said = [
            f"{what}: {_listed(parts, names)}"
            for what, parts in (
                ("edited since", self.edited),
                ("hides a second content for the same placement and language", self.hiding),
                ("kept with it", self.kept_with),
                ("another offer has this name now", self.taken),
            )
            if parts
        ]
        return "; ".join(said)


def _listed(parts: Sequence[Part], names: Mapping[str, str]) -> str:
    return ", ".join(part.words(names) for part in parts)
