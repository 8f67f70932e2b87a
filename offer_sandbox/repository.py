"""What both dialects do to an entity: make it, change it, remove it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from offer_sandbox.edit_log import Author, Entry
from offer_sandbox.field_names import FIELD_NAMES
from offer_sandbox.ids_and_times import instance_id, suffix
from offer_sandbox.json_values import differences, same
from offer_sandbox.messages import problem
from offer_sandbox.offer_rules import accepted, check_archived, check_count, check_unique
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

DECISIONS: Final = "offer-decisions"
COLLECTIONS: Final = "offer-collections"
ID_WORDS: Final = {
    "offers": "fallback-offer",
    "placements": "offer-placement",
    "tags": "tag",
    DECISIONS: "offer-activity",
    COLLECTIONS: "offer-filter",
}
_REFERRING: Final = {  # which kinds refer to a kind
    "offers": (DECISIONS, COLLECTIONS),
    "placements": ("offers", DECISIONS),
    "tags": ("offers", COLLECTIONS),
}
_HIDDEN: Final = {"forbidden": 403, "absent": 404}


def create(state: State, shelf: Shelf, body: object) -> Entity:
    """Check a body and hold it as a new entity."""
    body_kept = checked(state, shelf, body)
    check_count(state, shelf)
    return hold(state, shelf, body_kept)


def hold(state: State, shelf: Shelf, body: dict[str, Any], *, key: str = "") -> Entity:
    """Hold a body as a new entity, whatever its form."""
    moment = state.times.now()
    entity = Entity(
        shelf=shelf,
        id=key or f"{shelf.dialect}:{ID_WORDS[shelf.kind]}:{suffix(moment)}",
        instance_id=instance_id(moment),
        name=str(body.get(FIELD_NAMES[shelf.dialect].of("name"), "")),
        etag=1,
        created=moment,
        modified=moment,
        client=state.settings.client_id,
        body=body,
    )
    state.store.add(entity)
    return entity


def checked(
    state: State, shelf: Shelf, body: object, *, held: Entity | None = None
) -> dict[str, Any]:
    """Return a new body as it will be held: of a new entity, or of one that is `held`."""
    if shelf.kind == "offers":
        found = accepted(state, shelf, body, held=held.body if held is not None else {})
    else:
        found = _named(state, shelf, body, held=held)
    name = found[FIELD_NAMES[shelf.dialect].of("name")]
    if held is None or name != held.name:
        check_unique(state, shelf, name)
    if held is not None and shelf.kind == "offers":
        _check_status(state, held, found)
    return found


def change(state: State, held: Entity, body: dict[str, Any], *, asserted: frozenset[str]) -> Entity:
    """Hold a checked body as the next revision; `asserted`: what its client named of this one."""
    if state.settings.unchanged_update == "ignored" and same(body, held.body):
        return held
    state.known_placements.clear()
    changed = replace(
        held,
        name=body[FIELD_NAMES[held.shelf.dialect].of("name")],
        etag=held.etag + 1,
        modified=state.times.now(),
        body=body,
    )
    state.store.change(changed)
    if state.edits.is_edited(held):
        state.edits.add(
            Entry(
                author=Author.CLIENT,
                kind="update",
                entity=changed,
                changed=tuple(differences(held.body, body)),
                asserted=asserted,
                seen=state.edits.has_shown(held),
            )
        )
    return changed


def remove(state: State, entity: Entity, *, asserted: frozenset[str]) -> None:
    """Remove an entity that nothing refers to."""
    if reason := reason_to_keep(state, entity):
        raise problem(state.settings.used_delete_status, reason)
    state.known_placements.clear()
    state.store.remove(entity, at=state.times.now())
    if state.edits.is_edited(entity):
        seen = state.edits.has_shown(entity)
        entry = Entry(
            author=Author.CLIENT, kind="delete", entity=entity, asserted=asserted, seen=seen
        )
        state.edits.add(entry)


def reason_to_keep(state: State, entity: Entity) -> str:
    """Say why an entity cannot be deleted; "" where it can."""
    used = state.settings.used_in_decisions
    shelf = entity.shelf
    if shelf.kind == "offers" and used and re.fullmatch(used, entity.name):
        return f"{entity.id} is used in a decision"
    for kind in _REFERRING.get(shelf.kind, ()):
        where = Shelf(dialect=shelf.dialect, kind=kind, sandbox=shelf.sandbox)
        for one in state.store.select(where, Selection()):
            if _refers(one.body, entity.id):
                return f"{entity.id} is still referenced by {one.id} ({one.name})"
    return ""


def check_shown(state: State, kind: str) -> None:
    """Refuse a kind of entity that the settings hide."""
    if kind == DECISIONS and state.settings.decisions_shown != "yes":
        raise problem(_HIDDEN[state.settings.decisions_shown], "Decisions cannot be accessed")


def check_revision(state: State, entity: Entity, wanted: str | None) -> None:
    """Refuse a change that was made for another revision; XCORE says 409, not 412."""
    if wanted is None or wanted.strip().strip('"') in ("*", str(entity.etag)):
        return
    is_xcore = entity.shelf.dialect == "xcore"
    if is_xcore and state.settings.xcore_if_match == "ignored":
        return
    status = 409 if is_xcore else state.settings.dps_lost_match_status
    raise problem(status, f"The entity is at revision {entity.etag}")


def _check_status(state: State, held: Entity, body: Mapping[str, Any]) -> None:
    check_archived(state, held, body)
    field = FIELD_NAMES[held.shelf.dialect].of("status")
    is_archiving = body.get(field) == "archived" and held.body.get(field) != "archived"
    is_refused = is_archiving and state.settings.archive_used == "refuse"
    if is_refused and (reason := reason_to_keep(state, held)):
        raise problem(state.settings.used_delete_status, reason)


def _named(state: State, shelf: Shelf, body: object, *, held: Entity | None) -> dict[str, Any]:
    """Check an entity that is no offer."""
    name = FIELD_NAMES[shelf.dialect].of("name")
    if not isinstance(body, dict) or not isinstance(body.get(name), str) or not body[name].strip():
        raise problem(state.settings.invalid_body_status, f"{name} is required")
    is_new = held is None or held.name != body[name]
    if shelf.kind == "tags" and is_new and state.store.count(shelf, Selection(name=body[name])):
        raise problem(409, f"A tag with the name {body[name]} already exists")
    if shelf.kind == DECISIONS:
        _check_fallback(state, shelf, body)
    return body


def _check_fallback(state: State, shelf: Shelf, body: Mapping[str, Any]) -> None:
    fallback = body.get(FIELD_NAMES[shelf.dialect].of("fallback"))
    offers = Shelf(dialect=shelf.dialect, kind="offers", sandbox=shelf.sandbox)
    if not isinstance(fallback, str) or state.store.get(offers, id=fallback) is None:
        detail = f"Referential integrity: the fallback {fallback} does not exist"
        raise problem(state.settings.invalid_body_status, detail)


def _refers(found: Any, key: str) -> bool:  # Any: JSON is whatever it is
    if isinstance(found, dict):
        return any(_refers(value, key) for value in found.values())
    if isinstance(found, list):
        return any(_refers(value, key) for value in found)
    return bool(found == key)
