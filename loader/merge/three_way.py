"""Three-way merge, part by part: the base, what the person made of it, what the server has now.

    base -> yours   base -> theirs        what happens
    same            changed               nothing; it is reported
    changed         same                  a change, or a removal where it was cleared
    changed         changed to the same   nothing
    changed         changed otherwise     a conflict

Only what the person edited is compared: a part that the sheet cannot show, or that nobody touched,
never becomes a change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loader.merge.part import NAME_PART, Edits, Part, Parts, Value


class Prefer(StrEnum):
    """Whose value wins where both sides changed a part."""

    NOBODY = "ask"
    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A part that is to be changed on the server. None: it is not there (before, or after)."""

    part: Part
    before: Value | None  # as the server has it now
    after: Value | None


def new_name(changes: Sequence[Change]) -> str:
    """Return the name that changes give, "" for none."""
    return next((str(each.after or "") for each in changes if each.part == NAME_PART), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A part that both sides changed, each in another way."""

    part: Part
    base: Value | None
    yours: Value | None
    theirs: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What came of comparing the three."""

    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    changed_there: tuple[Part, ...] = ()  # by somebody else, and not by the person


def three_way(base: Parts, edits: Edits, theirs: Parts, *, prefer: Prefer = Prefer.NOBODY) -> Merge:
    """Return what to change on the server so that it has what the person edited."""
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    for part, yours in sorted(edits.items()):
        there = theirs.get(part)
        if yours == there:
            continue
        if there == base.get(part) or prefer is Prefer.MINE:
            changes.append(Change(part=part, before=there, after=yours))
        elif prefer is Prefer.NOBODY:
            conflicts.append(Conflict(part=part, base=base.get(part), yours=yours, theirs=there))
    return Merge(
        changes=tuple(changes),
        conflicts=tuple(conflicts),
        changed_there=tuple(changed_parts(base, theirs, but=edits)),
    )


def two_way(edits: Edits, theirs: Parts) -> Merge:
    """Return what to change where nothing is known of how the sheet came about."""
    return three_way(theirs, edits, theirs)


def changed_parts(
    before: Parts, after: Parts, *, but: Mapping[Part, object] | None = None
) -> list[Part]:
    """Return the parts that differ, without those in `but`."""
    left_out = but or {}
    return sorted(
        part
        for part in {*before, *after}
        if part not in left_out and before.get(part) != after.get(part)
    )
