"""What an undo restores of an offer: each value that is still as the run left it.

Contents are put back value by value, too, unless the run added or removed a content at that
placement, or changed its type: then they belong together, and one edit since keeps them all.
"""

from collections.abc import Container, Sequence
from dataclasses import replace

from loader.merge.part import Part, Parts, Value
from loader.merge.three_way import Change
from loader.merge.undo_merge import UndoMerge
from loader.model import Dialect
from loader.offer.shown_in_columns import shown
from loader.validation.editing import Object


def undo_changes(
    before: Object, remote: Object, dialect: Dialect, changes: Sequence[Change]
) -> UndoMerge:
    """Return what undoes the changes that a run made of `before`, where they are still there."""
    offer = shown(remote, dialect)
    now = offer.parts()
    as_left: dict[Part, Value | None] = {**shown(before, dialect).parts()}
    as_left |= {each.part: each.after for each in changes}
    whole = {_key(each.part) for each in changes if each.part.field == "type"}
    put_back, edited, kept_with, hides_second = (
        list[Change](),
        list[Part](),
        list[Part](),
        list[Part](),
    )
    by_placement: dict[str, list[Change]] = {}
    for change in changes:
        part = change.part
        if part.placement and (part.field == "channel" or _key(part) in whole):
            by_placement.setdefault(part.placement, []).append(change)
        elif now.get(part) == change.after:
            put_back.append(change)
        elif now.get(part) != change.before:
            edited.append(part)
    for placement, group in by_placement.items():
        if all(now.get(each.part) == each.before for each in group):
            continue
        changed = [each.part for each in group if now.get(each.part) != each.after]
        if not changed and _has_contents(as_left, placement) > _has_contents(now, placement):
            changed = [Part(field="placement", placement=placement)]
        hiding_now = [] if changed else _added_and_hiding(group, offer.doubled)
        if not (changed or hiding_now):
            put_back += [each for each in group if not _is_needed(each, group, now)]
            continue
        edited += changed
        hides_second += hiding_now
        hiding_keys = {_key(part) for part in hiding_now}
        kept_with += [
            each.part
            for each in group
            if each.part not in changed and _key(each.part) not in hiding_keys
        ]
    return UndoMerge(
        changes=[
            Change(part=each.part, before=each.after, after=each.before)
            for each in sorted(put_back, key=lambda each: each.part)
        ],
        edited=sorted(edited),
        kept_with=sorted(kept_with),
        hides_second=sorted(hides_second),
    )


def _added_and_hiding(group: Sequence[Change], doubled: Container[tuple[str, str]]) -> list[Part]:
    """Return the contents that the run added, and that hide a second one by now."""
    return [
        replace(each.part, field="content")
        for each in group
        if each.part.field == "type" and each.before is None and _key(each.part) in doubled
    ]


def _has_contents(parts: Parts | dict[Part, Value | None], placement: str) -> bool:
    return any(
        part.field == "type" and part.placement == placement and value
        for part, value in parts.items()
    )


def _is_needed(change: Change, group: Sequence[Change], now: Parts) -> bool:
    """Say whether a change added a channel at a placement where other contents stay."""
    if change.part.field != "channel" or change.before is not None:
        return False
    ours = {each.part for each in group}
    return any(
        part.field == "type" and part.placement == change.part.placement and part not in ours
        for part in now
    )


def _key(part: Part) -> tuple[str, str]:
    return part.placement, part.language
