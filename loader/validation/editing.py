"""How an entity that exists is shown in a sheet, and how what a person edited becomes a change.

object of the server -> cells -> (a person edits them) -> edits -> changes -> JSON Patch
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from loader.merge.part import Edits, Part, Parts
from loader.merge.three_way import Change
from loader.merge.undo_merge import UndoMerge
from loader.model import Dialect

Cells: TypeAlias = dict[str, str]  # the text of each column by field ("content_2", "attr:Tier")
Object: TypeAlias = Mapping[str, Any]  # bare, in the names of its dialect
PatchStep: TypeAlias = dict[str, Any]  # one operation of a JSON Patch (RFC 6902)


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a person calls placements and tags: name by id, only where it means this one alone."""

    placements: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """All of them, by id."""
        return {**self.placements, **self.tags}


def is_same_text(one: str, other: str) -> bool:
    """Say whether two texts of a cell are the same, however a program stored them."""
    return one == other or _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A content that hides a second one of its placement and language, and is to be removed.

    `blamed` is the part whose cell the error names.
    """

    content: Part
    blamed: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which objects a person asks for: of a status, with one of some placements or tags (ids).

    None: whatever it is.
    """

    status: str | None = None
    placements: Collection[str] | None = None
    tags: Collection[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What customers see at one placement in one language; `language` is "" for every one."""

    placement: str  # its name, where it is known
    language: str
    channel: str = ""
    kind: str = ""  # html, text, image or json
    content: str = ""  # JSON is indented
    image: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What customers see of an object, and in words what they do not see, by field."""

    facts: Mapping[str, str] = field(default_factory=dict)
    faces: tuple[Face, ...] = ()


class Editing(Protocol):
    """What a kind of entity must define so that existing ones can be maintained by a sheet."""

    def cells(self, remote: Object, dialect: Dialect, names: Names) -> Cells:
        """Return what a row of a pulled sheet says of an object."""

    def hidden(self, remote: Object, dialect: Dialect) -> Sequence[str]:
        """Return what of an object no column shows, in words; an update leaves it as it is."""

    def parts(self, remote: Object, dialect: Dialect) -> Parts:
        """Return what columns can show of an object, in one form whatever form it came in."""

    def look(self, remote: Object, dialect: Dialect, names: Names) -> Look:
        """Return how an object looks to a customer."""

    def is_wanted(self, remote: Object, dialect: Dialect, wanted: Wanted) -> bool:
        """Return whether an object is among those that a person asks for."""

    def edits(
        self, remote: Object, pulled: Cells, current: Cells, document: Object, dialect: Dialect
    ) -> Edits:
        """Return what a person changed in a row that was pulled of an object as `pulled`.

        `current` holds the columns that the sheet still has; `document` is what the row would
        create.
        """

    def edits_of_unpulled(self, current: Cells, document: Object, dialect: Dialect) -> Edits:
        """Return the edits of a row that was not pulled: a blank cell changes nothing."""

    def patch(
        self,
        remote: Object,
        dialect: Dialect,
        changes: Sequence[Change],
        *,
        back_to: Object | None = None,
        undone: Sequence[Mapping[str, Any]] = (),
    ) -> list[PatchStep]:
        """Return what makes the changes, each after a test of the value that is there.

        What no column shows stays as it is. Where the changes lead back to an older state of the
        object, `back_to` is that state: what it did not have at all is removed, not left empty,
        and what no column showed of it comes back with the rest. `undone` is the patch that an undo
        takes back.
        """

    def column_of(self, part: Part, cells: Cells, names: Names) -> str:
        """Return the column of a row that shows a part, "" where there is none."""

    def filled_placements(self, parts: Parts) -> Collection[str]:
        """Return the ids of the placements where something is shown."""

    def uncovered(
        self, remote: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> Sequence[Uncovered]:
        """Return the contents that changes remove though they hide a second one."""

    def archive_changes(self, remote: Object, dialect: Dialect) -> Sequence[Change]:
        """Return the change that archives an object; none where it is archived."""

    def undo_changes(
        self, before: Object, remote: Object, dialect: Dialect, changes: Sequence[Change]
    ) -> UndoMerge:
        """Return what undoes the changes that a run made of `before`.

        What somebody has edited since stays as it is.
        """
