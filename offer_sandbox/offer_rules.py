"""What the service demands of a fallback offer's body, in either dialect.

The first fault found is the reply, as a service does; nothing is changed but what the settings say
is dropped, or kept in another form.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from offer_sandbox.field_names import FIELD_NAMES, KNOWN_FIELDS, FieldNames
from offer_sandbox.json_values import same
from offer_sandbox.kept_names import kept_body
from offer_sandbox.messages import Refusal, problem
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

_NEW: Final[Mapping[str, Any]] = {}


def accepted(
    state: State, shelf: Shelf, body: object, *, held: Mapping[str, Any] = _NEW
) -> dict[str, Any]:
    """Return the offer as it will be held, or raise the refusal.

    What an update leaves as it is `held` may have any form.
    """
    if not isinstance(body, Mapping):
        raise _invalid(state, "The request body must be a JSON object")
    words = FIELD_NAMES[shelf.dialect]
    offer = _without_unknown(state, words, body, held)
    name = offer.get(words.of("name"))
    if not isinstance(name, str) or not name.strip():
        raise _invalid(state, f"{words.of('name')} is required")
    status = offer.get(words.of("status"))
    is_known = isinstance(status, str) and status in words.statuses
    if not is_known and not _is_unchanged(offer, held, words.of("status")):
        raise _invalid(state, f"{words.of('status')} must be one of {sorted(words.statuses)}")
    if not _is_unchanged(offer, held, words.of("representations")):
        _check_representations(state, shelf, offer.get(words.of("representations"), []), held)
    small = {
        field: value for field, value in offer.items() if not _is_unchanged(offer, held, field)
    }
    _check_small_fields(state, shelf, small)
    limit = state.settings.max_offer_bytes
    if limit is not None and len(orjson.dumps(offer)) > limit:
        raise _invalid(state, f"The offer exceeds {limit} bytes")
    return kept_body(offer, held, state.settings.names_kept, name_field=words.of("name"))


def _is_unchanged(offer: Mapping[str, Any], held: Mapping[str, Any], field: str) -> bool:
    return field in offer and field in held and same(offer[field], held[field])


def check_unique(state: State, shelf: Shelf, name: str) -> None:
    """Refuse a second offer of a name where the settings ask for unique names."""
    if state.settings.unique_names and state.store.count(shelf, Selection(name=name)):
        raise problem(409, f"An entity with the name {name} already exists")


def check_count(state: State, shelf: Shelf) -> None:
    """Refuse an offer beyond the limit of a sandbox."""
    limit = state.settings.max_offers
    if limit is None or shelf.kind != "offers":
        return
    if state.store.count(shelf, Selection()) >= limit:
        raise problem(400, f"The sandbox holds {limit} offers already")


def check_archived(state: State, entity: Entity, body: Mapping[str, Any]) -> None:
    """Refuse to bring an archived offer back where the settings say that it stays."""
    allowed = {"anything": None, "draft": {"draft", "archived"}, "nothing": {"archived"}}
    may_be = allowed[state.settings.archived_becomes]
    field = FIELD_NAMES[entity.shelf.dialect].of("status")
    if entity.body.get(field) == "archived" and may_be and body.get(field) not in may_be:
        raise problem(422, f"An archived offer cannot become {body.get(field)}")


def _invalid(state: State, detail: str) -> Refusal:
    return problem(state.settings.invalid_body_status, detail)


def _without_unknown(
    state: State, words: FieldNames, body: Mapping[str, Any], held: Mapping[str, Any]
) -> dict[str, Any]:
    known = {words.of(field) for field in KNOWN_FIELDS} | set(held)
    strange = [field for field in body if field not in known]
    if any(field in ("@id", "id") for field in strange):
        raise problem(422, "The property id is not user editable")
    if strange and state.settings.unknown_fields == "refuse":
        raise _invalid(state, f"Unknown property {strange[0]}")
    dropped = set() if state.settings.unknown_fields == "keep" else set(strange)
    if not state.settings.keep_rank_and_constraint:
        dropped |= {words.of("rank"), words.of("selectionConstraint")} - set(held)
    return {field: value for field, value in body.items() if field not in dropped}


def _check_representations(
    state: State, shelf: Shelf, found: object, held: Mapping[str, Any]
) -> None:
    if not isinstance(found, list):
        raise _invalid(state, "representations must be an array")
    limit = state.settings.max_representation_bytes
    if limit is not None and len(orjson.dumps(found)) > limit:
        raise _invalid(state, f"The representations exceed {limit} bytes")
    words = FIELD_NAMES[shelf.dialect]
    there = held.get(words.of("representations"), [])
    types = {
        component.get(words.type): str(component.get(words.type))
        for one in there
        for component in one.get(words.of("components")) or []
    }
    for one in found:
        if not any(same(one, known) for known in there):
            _check_representation(state, shelf, one, kinds=types | words.kinds)
    placements = [one.get(words.of("placement")) for one in found]
    if len(set(placements)) < len(placements):
        raise _invalid(state, "Two representations have the same placement")


def _check_representation(
    state: State, shelf: Shelf, found: object, *, kinds: Mapping[str, str]
) -> None:
    words = FIELD_NAMES[shelf.dialect]
    if not isinstance(found, Mapping):
        raise _invalid(state, "A representation must be an object")
    placement = found.get(words.of("placement"))
    if not isinstance(placement, str) or not placement:
        raise _invalid(state, f"{words.of('placement')} is required")
    channel = found.get(words.of("channel"))
    if not isinstance(channel, str) and (channel is not None or state.settings.require_channel):
        raise _invalid(state, f"{words.of('channel')} is required")
    takes = state.placement_kind(shelf, placement)
    if takes is None and state.settings.unknown_placements == "refuse":
        raise _invalid(state, f"Referential integrity: {placement} does not exist")
    components = found.get(words.of("components"))
    if not components and state.settings.empty_representations == "accept":
        return
    if not isinstance(components, list) or not components:
        raise _invalid(
            state, f"{words.of('components')} must be an array of at least one component"
        )
    for component in components:
        _check_component(state, words, component, kinds=kinds, takes=takes)


def _check_component(
    state: State,
    words: FieldNames,
    found: object,
    *,
    kinds: Mapping[str, str],
    takes: str | None,
) -> None:
    if not isinstance(found, Mapping):
        raise _invalid(state, "A component must be an object")
    kind = kinds.get(str(found.get(words.type)))
    if kind is None:
        raise _invalid(state, f"{words.type} is not a known type: {found.get(words.type)}")
    if not isinstance(found.get(words.format), str):
        raise _invalid(state, f"{words.format} is required")
    language = found.get(words.language, [])
    if not isinstance(language, list) or not all(isinstance(one, str) for one in language):
        raise _invalid(state, f"{words.language} must be an array of strings")
    for field in ("content", "deliveryURL", "linkURL"):
        if not isinstance(found.get(words.of(field), ""), str):
            raise _invalid(state, f"{words.of(field)} must be a string")
    if state.settings.match_component_kind and takes and words.kinds.get(takes, takes) != kind:
        raise _invalid(state, f"The placement takes components of type {takes}, not {kind}")


def _check_small_fields(state: State, shelf: Shelf, offer: Mapping[str, Any]) -> None:
    words, settings = FIELD_NAMES[shelf.dialect], state.settings
    described = offer.get(words.of("description"), "")
    if not isinstance(described, str):
        raise _invalid(state, f"{words.of('description')} must be a string")
    attributes = offer.get(words.of("characteristics"), {})
    if not isinstance(attributes, Mapping) or not all(
        isinstance(value, str) for value in attributes.values()
    ):
        raise _invalid(state, f"{words.of('characteristics')} must map strings to strings")
    if settings.max_characteristics is not None and len(attributes) > settings.max_characteristics:
        raise _invalid(state, f"More than {settings.max_characteristics} characteristics")
    _check_lists(state, shelf, offer)


def _check_lists(state: State, shelf: Shelf, offer: Mapping[str, Any]) -> None:
    words, settings = FIELD_NAMES[shelf.dialect], state.settings
    for field in ("tags", "labels"):
        values = offer.get(words.of(field), [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise _invalid(state, f"{words.of(field)} must be an array of strings")
    tags = offer.get(words.of("tags"), [])
    if settings.max_tags is not None and len(tags) > settings.max_tags:
        raise _invalid(state, f"More than {settings.max_tags} tags")
    if settings.unknown_tags == "refuse":
        where = Shelf(dialect=shelf.dialect, kind="tags", sandbox=shelf.sandbox)
        for tag in tags:
            if state.store.get(where, id=tag) is None:
                raise _invalid(state, f"Referential integrity: {tag} does not exist")
