"""The parts of an entity: the values that can change one by one.

    {Part(field="description"): "Autumn", Part(field="content", placement=…, language="en"): "<p>"}

A part that is not there is not in the dictionary; where a change names one, its value is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias


class AnyCase(str):
    """A word whose case means nothing, with the case that it has."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.lower())


Value: TypeAlias = str | tuple[str, ...]  # a tuple has no order: tags, labels


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Part:
    """One value of an entity: of the whole, or of what it shows at a placement in a language.

    `language` is "" where the content is for every language; several have semicolons between.
    """

    field: str  # as a column is called: "description", "attr:Tier", "content"
    placement: str = ""  # its id
    language: str = ""

    def words(self, names: Mapping[str, str]) -> str:
        """Return the part in words; `names` are those of placements, by id."""
        if not self.placement:
            return self.field
        place = names.get(self.placement, self.placement)
        return f"{self.field} ({place}{', ' if self.language else ''}{self.language})"


NAME_PART: Final = Part(field="name")

Parts: TypeAlias = Mapping[Part, Value]
Edits: TypeAlias = Mapping[Part, Value | None]  # None: the part is to be removed
