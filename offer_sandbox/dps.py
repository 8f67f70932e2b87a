"""The DPS dialect: plain JSON; the type is in the path and in `offer-type`."""

from typing import Any, Final

from offer_sandbox import decided_later, repository, updates
from offer_sandbox.gateway import authorize, document
from offer_sandbox.ids_and_times import micros_z, millis_offset, millis_z
from offer_sandbox.messages import JSON, Call, Reply, as_json, problem
from offer_sandbox.paging import Page, Style, link, page
from offer_sandbox.read_forms import as_read, receipt_id
from offer_sandbox.seeds import container_id
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Shelf

NAMESPACE: Final = "https://ns.adobe.com/experience/offer-management/"
VERSIONS: Final = {
    "offers": "0.8",
    "placements": "0.4",
    "tags": "0.1",
    repository.DECISIONS: "0.5",
    repository.COLLECTIONS: "0.1",
}
_COLUMNS: Final = {name: name for name in ("id", "name", "etag", "created", "modified")}
_TYPE: Final = "offer-type"


def create(state: State, call: Call, kind: str) -> Reply:
    """POST /offers?offer-type=fallback."""
    shelf = _shelf(state, call, kind)
    entity = repository.create(state, shelf, document(state, call, JSON))
    headers = {}
    if state.settings.dps_location:
        headers["Location"] = f"/{kind}/{entity.id}"
    if state.settings.dps_etag_header:
        headers["ETag"] = f'"{entity.etag}"'
    return as_json(state.settings.create_status, _receipt(state, entity), **headers)


def list_page(state: State, call: Call, kind: str) -> Reply:
    """GET /offers?offer-type=fallback&limit=…&property=…&orderBy=…&start=…."""
    shelf = _shelf(state, call, kind)
    found = page(state, call, shelf, _style(state))
    links = {"self": {"href": _link(state, call, kind, found, call.first("start")), "type": JSON}}
    if found.next_start is not None:
        href = _link(state, call, kind, found, found.next_start)
        links["next"] = {"href": href, "type": JSON}
    if found.has_before:
        links["prev"] = {"href": _link(state, call, kind, found, found.before_start), "type": JSON}
    for entity in found.entities:
        state.edits.show(entity)
    results = [_read(state, entity) for entity in found.entities]
    envelope = {"results": results, "count": len(results), "total": found.total, "_links": links}
    return as_json(200, envelope)


def lookup(state: State, call: Call, kind: str, key: str) -> Reply:
    """GET /offers/{ID}?offer-type=fallback."""
    entity = _find(state, call, kind, key, reading=True)
    headers = {"ETag": f'"{entity.etag}"'} if state.settings.dps_etag_header else {}
    return as_json(200, _read(state, entity), **headers)


def update(state: State, call: Call, kind: str, key: str) -> Reply:
    """PATCH /offers/{ID}?offer-type=fallback, a JSON Patch with plain paths."""
    entity = _find(state, call, kind, key)
    change = updates.by_patch(
        state,
        call,
        document(state, call, JSON),
        revision=_revision(state, call),
        view=lambda held: _view(state, held),
    )
    return _changed(state, call, entity, change)


def put(state: State, call: Call, kind: str, key: str) -> Reply:
    """PUT /offers/{ID}: documented nowhere, so a setting."""
    if not state.settings.dps_put:
        raise problem(405, "Method not allowed")
    entity = _find(state, call, kind, key)
    change = updates.by_put(call, document(state, call, JSON), revision=_revision(state, call))
    return _changed(state, call, entity, change)


def delete(state: State, call: Call, kind: str, key: str) -> Reply:
    """DELETE /offers/{ID}?offer-type=fallback: 200 and nothing more."""
    entity = _find(state, call, kind, key)
    revision = _revision(state, call)
    poll = state.settings.dps_delete == "poll"
    return decided_later.delete(
        state,
        call,
        entity,
        lambda _: Reply(status=200),
        revision=revision,
        path="/deletions",
        poll=poll,
    )


def decided(state: State, call: Call, word: str, key: str) -> Reply:
    """GET the Location of a change: 202 until it is decided, then its reply or a refusal."""
    authorize(state, call)
    return decided_later.answer(state, call, key, path=f"/{word}")


def _revision(state: State, call: Call) -> str | None:
    return call.headers.get("If-Match") if state.settings.dps_if_match else None


def _shelf(state: State, call: Call, kind: str) -> Shelf:
    """Let the call in, and find its shelf; other types of offers are not imitated."""
    sandbox = authorize(state, call)
    repository.check_shown(state, kind)
    if kind == "offers" and (call.first(_TYPE) or "").lower() != "fallback":
        raise problem(400, "offer-type must be fallback")
    return Shelf(dialect="dps", kind=kind, sandbox=sandbox)


def _find(state: State, call: Call, kind: str, key: str, *, reading: bool = False) -> Entity:
    until = state.visible_until(lookup=True) if reading else None
    entity = state.store.get(_shelf(state, call, kind), id=key, as_of=until)
    if entity is None:
        raise problem(404, f"{key} was not found")
    if reading:
        state.edits.show(entity)
    return entity


def _changed(state: State, call: Call, entity: Entity, change: updates.Update) -> Reply:
    def receipt(held: Entity) -> Reply:
        dataset = container_id(f"{held.shelf.sandbox}/data")
        headers = {"ETag": f'"{held.etag}"'} if state.settings.dps_etag_header else {}
        reply_fields = _receipt(state, held) | {"datasetId": dataset}
        return updates.reply_to(state.settings, reply_fields, _read(state, held), **headers)

    return updates.carry_out(state, call, entity, change, receipt, base="")


def _view(state: State, held: Entity) -> updates.View:
    """Return what a patch sees: its tests see the metadata too."""
    metadata = _metadata(state, held)
    shown = held.body if state.settings.test_compares == "held" else _read(state, held)
    if state.settings.test_sees_etag:
        shown = metadata | shown
    else:
        shown = {field: value for field, value in shown.items() if field not in metadata}
    fixed = frozenset(f"/{field}" for field in metadata)
    return updates.View(shown=shown, root="", etag="/etag", fixed=fixed)


def _receipt(state: State, entity: Entity) -> dict[str, Any]:
    user = state.settings.user
    return {
        "etag": entity.etag,
        "createdBy": user,
        "lastModifiedBy": user,
        "id": receipt_id(state.settings, entity.id),
        "sandboxId": container_id(f"{entity.shelf.sandbox}/sandbox"),
        "createdDate": millis_z(entity.created),
        "lastModifiedDate": millis_z(entity.modified),
        "createdByClientId": entity.client,
        "lastModifiedByClientId": entity.client,
    }


def _read(state: State, entity: Entity) -> dict[str, Any]:
    """Return an entity as reads show it: not with the names of a receipt."""
    body = entity.body
    if entity.shelf.kind == "offers":
        body = as_read(state.settings, "dps", body)
    return _metadata(state, entity) | body


def _metadata(state: State, entity: Entity) -> dict[str, Any]:
    kind = entity.shelf.kind
    return {
        "created": millis_offset(entity.created),
        "modified": millis_offset(entity.modified),
        "etag": entity.etag,
        "schemas": [f"{NAMESPACE}{repository.ID_WORDS[kind]};version={VERSIONS[kind]}"],
        "createdBy": state.settings.user,
        "lastModifiedBy": state.settings.user,
        "id": entity.id,
    }


def _style(state: State) -> Style:
    return Style(
        columns=_COLUMNS,
        order="-modified",
        names=("name",),
        ids=("id",),
        document=lambda entity: _exact(_read(state, entity), entity),
        key=_key,
    )


def _exact(shown: dict[str, Any], entity: Entity) -> dict[str, Any]:
    """Filter by the exact times, although milliseconds are shown."""
    times = {"created": micros_z(entity.created), "modified": micros_z(entity.modified)}
    return shown | times


def _key(entity: Entity, column: str) -> str:
    value = getattr(entity, column)
    return millis_z(value) if column in ("created", "modified") else str(value)


def _link(state: State, call: Call, kind: str, found: Page, start: str | None) -> str:
    """Link as the service was seen to: relative to the base, the offer type in capitals."""
    filters = {"property": call.raw_values("property")} if call.raw_values("property") else {}
    offer_type = {"offer_type": "FALLBACK"} if kind == "offers" else {}
    begin = {} if start is None else {"start": start}
    parameters = {"orderby": found.order, "limit": str(found.limit), **begin}
    return link(state.settings, call, f"/{kind}", **parameters, **filters, **offer_type)
