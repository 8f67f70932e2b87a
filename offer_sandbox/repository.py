"""What both dialects do to an entity: make it, change it, remove it."""

import re
from dataclasses import replace
from typing import Any, Final

from offer_sandbox.field_names import FIELD_NAMES
from offer_sandbox.ids_and_times import instance_id, suffix
from offer_sandbox.messages import problem
from offer_sandbox.offer_rules import accepted, check_archived, check_count, check_unique
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

ID_WORDS: Final = {"offers": "fallback-offer", "placements": "offer-placement", "tags": "tag"}


def create(state: State, shelf: Shelf, body: object) -> Entity:
    """Check a body and hold it as a new entity."""
    checked = _checked(state, shelf, body)
    name = checked[FIELD_NAMES[shelf.dialect].of("name")]
    check_unique(state, shelf, name)
    check_count(state, shelf)
    moment = state.times.now()
    entity = Entity(
        shelf=shelf,
        id=f"{shelf.dialect}:{ID_WORDS[shelf.kind]}:{suffix(moment)}",
        instance_id=instance_id(moment),
        name=name,
        etag=1,
        created=moment,
        modified=moment,
        client=state.settings.client_id,
        body=checked,
    )
    state.store.add(entity)
    return entity


def change(state: State, entity: Entity, body: object) -> Entity:
    """Check a new body of an entity and hold it as the next revision."""
    checked = _checked(state, entity.shelf, body)
    check_archived(state, entity, checked)
    state.known_placements.clear()
    changed = replace(
        entity,
        name=checked[FIELD_NAMES[entity.shelf.dialect].of("name")],
        etag=entity.etag + 1,
        modified=state.times.now(),
        body=checked,
    )
    state.store.change(changed)
    return changed


def remove(state: State, entity: Entity) -> None:
    """Remove an entity that nothing refers to."""
    if reason := reason_to_keep(state, entity):
        raise problem(state.settings.used_delete_status, reason)
    forget(state, entity)


def forget(state: State, entity: Entity) -> None:
    """Remove an entity, whatever refers to it."""
    state.known_placements.clear()
    state.store.remove(entity)


def reason_to_keep(state: State, entity: Entity) -> str:
    """Say why an entity cannot be deleted; "" where it can."""
    used = state.settings.used_in_decisions
    if entity.shelf.kind == "offers":
        is_used = bool(used) and re.fullmatch(used, entity.name) is not None
        return f"{entity.id} is used in a decision" if is_used else ""
    offers = Shelf(dialect=entity.shelf.dialect, kind="offers", sandbox=entity.shelf.sandbox)
    is_used = any(
        _refers(offer.body, entity.id) for offer in state.store.select(offers, Selection())
    )
    return f"{entity.id} is still referenced" if is_used else ""


def check_revision(entity: Entity, wanted: str | None) -> None:
    """Refuse a change that was made for another revision; this service says 409, not 412."""
    if wanted is not None and wanted.strip().strip('"') not in ("*", str(entity.etag)):
        raise problem(409, f"The entity is at revision {entity.etag}")


def _checked(state: State, shelf: Shelf, body: object) -> dict[str, Any]:
    if shelf.kind == "offers":
        return accepted(state, shelf, body)
    name = FIELD_NAMES[shelf.dialect].of("name")
    if not isinstance(body, dict) or not isinstance(body.get(name), str) or not body[name].strip():
        raise problem(state.settings.invalid_body_status, f"{name} is required")
    if shelf.kind == "tags" and state.store.count(shelf, Selection(name=body[name])):
        raise problem(409, f"A tag with the name {body[name]} already exists")
    return body


def _refers(found: Any, key: str) -> bool:  # Any: JSON is whatever it is
    if isinstance(found, dict):
        return any(_refers(value, key) for value in found.values())
    if isinstance(found, list):
        return any(_refers(value, key) for value in found)
    return bool(found == key)
