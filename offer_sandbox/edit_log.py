"""The log of edits by others, and of what clients did to edited offers afterwards."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from offer_sandbox.json_values import Difference, covers
from offer_sandbox.store import Entity


class Author(StrEnum):
    """Who changed an offer."""

    OTHER = "other"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change.

    Of a client's, `asserted` are the places whose value it named as it was; `seen` says whether the
    last read had shown the revision that it changed.
    """

    author: Author
    kind: str  # an `EditKind`; of a client: "update" or "delete"
    entity: Entity  # as it is afterwards, or as it was deleted
    changed: tuple[Difference, ...] = ()
    asserted: frozenset[str] = frozenset()
    seen: bool = False
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as an object."""
        return {
            "number": self.number,
            "author": self.author,
            "kind": self.kind,
            "dialect": self.entity.shelf.dialect,
            "sandbox": self.entity.shelf.sandbox,
            "id": self.entity.id,
            "instance_id": self.entity.instance_id,
            "etag": self.entity.etag,
            "changed": [one.as_json() for one in self.changed],
            "asserted": sorted(self.asserted),
            "seen": self.seen,
        }


@dataclass(slots=True, kw_only=True)
class EditLog:
    """In the order of their happening. Offers that nobody else edited do not appear."""

    entries: list[Entry] = field(default_factory=list)
    _shown: dict[str, int] = field(default_factory=dict)  # of edited ones: the last etag read

    def is_edited(self, entity: Entity) -> bool:
        """Say whether somebody else edited an offer."""
        return entity.instance_id in self._shown

    def show(self, entity: Entity) -> None:
        """Note that a read showed an offer."""
        if entity.instance_id in self._shown:
            self._shown[entity.instance_id] = entity.etag

    def has_shown(self, entity: Entity) -> bool:
        """Say whether the last read of an edited offer showed this revision."""
        return self._shown.get(entity.instance_id) == entity.etag

    def add(self, entry: Entry) -> Entry:
        """Log an edit, or what a client did to an edited offer; return it with its number."""
        numbered = replace(entry, number=len(self.entries) + 1)
        self.entries.append(numbered)
        self._shown.setdefault(entry.entity.instance_id, 0)
        return numbered

    def overwritten(self) -> list[dict[str, Any]]:
        """Return every value of an edit that a client's update replaced without naming it."""
        found = []
        last: dict[tuple[str, str], Entry] = {}  # who wrote a place last, where it was an edit
        for entry in self.entries:
            for one in entry.changed:
                place = (entry.entity.instance_id, one.pointer)
                if entry.author is Author.OTHER:
                    last[place] = entry
                    continue
                edit = last.pop(place, None)
                is_named = any(covers(known, one.pointer) for known in entry.asserted)
                if edit is not None and not is_named:
                    found.append(
                        {"edit": edit.as_json(), "by": entry.as_json(), "pointer": one.pointer}
                    )
        return found
