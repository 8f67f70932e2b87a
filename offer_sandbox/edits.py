"""Edits by others: somebody changes offers while a client works; seeded, and logged.

`edits-per-second` edits any offer, between two calls; the fault `edited` edits the very offer that
the call names, just before the call is carried out.
"""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from offer_sandbox.edit_log import Author, Entry
from offer_sandbox.faults import EditKind
from offer_sandbox.field_names import FIELD_NAMES, FieldNames
from offer_sandbox.json_values import differences
from offer_sandbox.messages import Call
from offer_sandbox.seeds import TAGS
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Shelf

UNKNOWN_FIELD: Final = "editedElsewhere"
_MOST_AT_ONCE: Final = 100


def make_due_edits(state: State, call: Call) -> None:
    """Make the edits that are due, and the one that a fault wants for this call."""
    for _ in range(_due(state)):
        edit(state)
    if state.active.edited:
        key = call.path.rstrip("/").rpartition("/")[2]
        if _find_offer(state, key) is not None:
            edit(state, key)


def edit(state: State, key: str = "", kind: EditKind | None = None) -> Entry | None:
    """Edit one offer, or delete it; None where there is none. The rest is drawn at random."""
    drawn = state.active.edit_random
    entity = _find_offer(state, key) if key else state.store.near("offers", fraction=drawn.random())
    if entity is None:
        return None
    kind = kind or drawn.choice(state.active.plan.edit_kinds)
    if kind is EditKind.DELETE:
        state.store.remove(entity, at=state.times.now())
        return state.edits.add(_entry(entity, None, kind=kind))
    number = len(state.edits.entries) + 1
    body = deepcopy(entity.body)
    _EDITS[kind](body, FIELD_NAMES[entity.shelf.dialect], number)
    changed = replace(
        entity,
        name=str(body.get(FIELD_NAMES[entity.shelf.dialect].of("name"), entity.name)),
        etag=entity.etag + 1,
        modified=state.times.now(),
        body=body,
    )
    state.store.change(changed)
    return state.edits.add(_entry(entity, changed, kind=kind))


def _due(state: State) -> int:
    rate, now = state.active.plan.edits_per_second, time.monotonic()
    if not rate:
        return 0
    due = int((now - state.active.edited_until) * rate)
    if due:
        state.active.edited_until = now
    return min(due, _MOST_AT_ONCE)


def _find_offer(state: State, key: str) -> Entity | None:
    for sandbox in state.settings.sandboxes:
        for dialect in FIELD_NAMES:
            shelf = Shelf(dialect=dialect, kind="offers", sandbox=sandbox)
            found = state.store.get(shelf, id=key) or state.store.get(shelf, instance_id=key)
            if found is not None:
                return found
    return None


def _entry(before: Entity, after: Entity | None, *, kind: EditKind) -> Entry:
    return Entry(
        author=Author.OTHER,
        kind=kind,
        entity=after or before,
        changed=tuple(differences(before.body, after.body)) if after else (),
    )


def _name(body: dict[str, Any], names: FieldNames, number: int) -> None:
    field = names.of("name")
    body[field] = f"{body.get(field, '')} (edited {number})"


def _description(body: dict[str, Any], names: FieldNames, number: int) -> None:
    body[names.of("description")] = f"Edited {number}"


def _content(body: dict[str, Any], names: FieldNames, number: int) -> None:
    components = [
        component
        for one in _objects(body.get(names.of("representations")))
        for component in _objects(one.get(names.of("components")))
    ]
    if not components:
        return _description(body, names, number)
    component = components[number % len(components)]
    kind = str(component.get(names.type, ""))
    if kind.endswith("imagelink"):
        component[names.of("deliveryURL")] = f"https://edited.example/{number}.png"
    elif kind.endswith("json"):
        component[names.of("content")] = f'{{"edited":{number}}}'
    else:
        component[names.of("content")] = f"Edited {number}"
    return None


def _status(body: dict[str, Any], names: FieldNames, _number: int) -> None:
    field = names.of("status")
    body[field] = "approved" if body.get(field) == "draft" else "draft"


def _tags(body: dict[str, Any], names: FieldNames, number: int) -> None:
    field = names.of("tags")
    prefix = "dps" if not names.prefix else "xcore"
    known = [key if len(key) < 16 else f"{prefix}:tag:{key}" for key, _ in TAGS]
    held = _list(body.get(field))
    more = [tag for tag in known if tag not in held]
    body[field] = [*held, more[number % len(more)]] if more else held[1:]


def _labels(body: dict[str, Any], names: FieldNames, number: int) -> None:
    field = names.of("labels")
    body[field] = [*_list(body.get(field)), f"custom/edited-{number}"]


def _attribute(body: dict[str, Any], names: FieldNames, number: int) -> None:
    field = names.of("characteristics")
    held = body.get(field)
    body[field] = {**(held if isinstance(held, dict) else {}), "edited": str(number)}


def _unknown(body: dict[str, Any], _names: FieldNames, number: int) -> None:
    body[UNKNOWN_FIELD] = {"number": number}


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []


def _objects(found: object) -> list[dict[str, Any]]:
    return [one for one in _list(found) if isinstance(one, dict)]


_Edit = Callable[[dict[str, Any], FieldNames, int], None]
_EDITS: Final[Mapping[EditKind, _Edit]] = {
    EditKind.NAME: _name,
    EditKind.CONTENT: _content,
    EditKind.STATUS: _status,
    EditKind.TAGS: _tags,
    EditKind.LABELS: _labels,
    EditKind.UNKNOWN: _unknown,
    EditKind.DESCRIPTION: _description,
    EditKind.ATTRIBUTE: _attribute,
}
