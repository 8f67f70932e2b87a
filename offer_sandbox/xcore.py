"""The XCORE dialect: a generic repository; the container is in the path, the type in headers."""

import re
from fnmatch import fnmatchcase
from typing import Any, Final

from offer_sandbox import decided_later, repository, updates, xcore_shapes
from offer_sandbox.filters import Syntax, all_hold, conditions
from offer_sandbox.gateway import authorize, document, media_type
from offer_sandbox.ids_and_times import micros_z
from offer_sandbox.messages import Call, Reply, as_json, problem
from offer_sandbox.paging import Page, Style, asked_limit, link, page
from offer_sandbox.search_terms import wanted_terms
from offer_sandbox.seeds import container_id
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Selection, Shelf

NAMESPACE: Final = "https://ns.adobe.com/experience/offer-management/"
BARE: Final = "application/schema-instance+json"
ENVELOPE: Final = "application/vnd.adobe.platform.xcore.hal+json"
PATCH: Final = "application/vnd.adobe.platform.xcore.patch.hal+json"
_KINDS: Final = {word: kind for kind, word in repository.ID_WORDS.items()}
_SCHEMA: Final = re.compile(r'schema\s*=\s*"?([^";]+)')
_COLUMNS: Final = {
    "instanceId": "instance_id",
    "@id": "id",
    "_instance.@id": "id",
    "_instance.xdm:name": "name",
    "repo:etag": "etag",
    "repo:createdDate": "created",
    "repo:lastModifiedDate": "modified",
}


def containers(state: State, call: Call) -> Reply:
    """GET /?product=acp&property=_instance.containerType==decisioning: one for each sandbox."""
    authorize(state, call)
    wanted = conditions(call, Syntax()) if state.settings.property_filter != "ignored" else []
    by_id = sorted(state.settings.sandboxes, key=container_id)
    names = [name for name in by_id if all_hold(wanted, xcore_shapes.container(state, name))]
    start = call.first("start")
    left = [name for name in names if start is None or container_id(name) > start]
    most = state.settings.max_containers
    limit = asked_limit(call, default=most, most=most)
    more = container_id(left[limit - 1]) if len(left) > limit else None
    return as_json(
        200,
        xcore_shapes.container_list(
            state,
            left[:limit],
            here=_home_link(state, call, None),
            more=None if more is None else _home_link(state, call, more),
        ),
    )


def _home_link(state: State, call: Call, start: str | None) -> str:
    begin = {} if start is None else {"start": start}
    product, wanted = call.raw_values("product"), call.raw_values("property")
    return link(state.settings, call, "/", product=product, property=wanted, **begin)


def create(state: State, call: Call, container: str) -> Reply:
    """POST /{C}/instances: bare, or in an envelope, as the Content-Type says."""
    sandbox = _authorize(state, call, container)
    found = document(state, call, BARE, ENVELOPE)
    shelf = _shelf(state, sandbox, _schema_of(call.headers.get("Content-Type", "")))
    entity = repository.create(state, shelf, _unwrap(state, call, found))
    location = f"/{container}/instances/{entity.instance_id}"
    return as_json(
        state.settings.create_status,
        xcore_shapes.receipt(state, entity),
        Location=location,
        Content_Base="/data/core/xcore",
    )


def list_page(state: State, call: Call, container: str, *, search: bool) -> Reply:
    """GET /{C}/instances?schema=… (also by `id` or `name`), or /{C}/queries/core/search."""
    sandbox = _authorize(state, call, container)
    schema = call.first("schema")
    if not schema:
        raise problem(400, "schema is required")
    shelf = _shelf(state, sandbox, schema)
    ids, name = [v for n, v in call.pairs() if n == "id"], call.first("name")
    if ids and name is not None:
        raise problem(400, "id and name are exclusive")
    if ids or name is not None:
        return _lookup(state, shelf, schema=schema, ids=ids, name=name)
    keep = wanted_terms(call, lambda entity: xcore_shapes.envelope(state, entity))
    found = page(state, call, shelf, _style(state), keep=keep if search else None)
    path = f"/{container}/{'queries/core/search' if search else 'instances'}"
    links = _links(state, call, path, found)
    return as_json(200, xcore_shapes.results(state, found, schema=schema, links=links))


def lookup(state: State, call: Call, container: str, key: str) -> Reply:
    """GET /{C}/instances/{I}; 304 where `If-None-Match` names the revision."""
    entity = _find(state, call, container, key, as_of=state.visible_until(lookup=True))
    _check_accept(state, call, entity)
    state.edits.show(entity)
    if call.headers.get("If-None-Match", "").strip().strip('"') == str(entity.etag):
        return Reply(status=304)
    return as_json(200, xcore_shapes.envelope(state, entity), ETag=f'"{entity.etag}"')


def put(state: State, call: Call, container: str, key: str) -> Reply:
    """PUT /{C}/instances/{I}: bare, or in an envelope."""
    entity = _find(state, call, container, key)
    body = _unwrap(state, call, document(state, call, BARE, ENVELOPE))
    change = updates.by_put(call, body, revision=call.headers.get("If-Match"))
    return _changed(state, call, entity, change, container=container)


def update(state: State, call: Call, container: str, key: str) -> Reply:
    """PATCH /{C}/instances/{I}: a JSON Patch whose paths begin with /_instance/."""
    entity = _find(state, call, container, key)
    change = updates.by_patch(
        state,
        call,
        document(state, call, PATCH),
        revision=call.headers.get("If-Match"),
        view=lambda held: _view(state, held),
    )
    return _changed(state, call, entity, change, container=container)


def delete(state: State, call: Call, container: str, key: str) -> Reply:
    """DELETE /{C}/instances/{I}: 202, and gone, or decided later where the Location points."""
    entity = _find(state, call, container, key)
    has_receipt = state.settings.xcore_delete in ("receipt", "poll")

    def receipt(held: Entity) -> Reply:
        return as_json(200, xcore_shapes.receipt(state, held)) if has_receipt else Reply(status=202)

    return decided_later.delete(
        state,
        call,
        entity,
        receipt,
        revision=call.headers.get("If-Match"),
        path=f"/{container}/deletions",
        poll=state.settings.xcore_delete == "poll",
    )


def decided(state: State, call: Call, container: str, word: str, key: str) -> Reply:
    """GET the Location of a change: 202 until it is decided, then a receipt or a refusal."""
    _authorize(state, call, container)
    return decided_later.answer(state, call, key, path=f"/{container}/{word}")


def _changed(
    state: State, call: Call, entity: Entity, change: updates.Update, *, container: str
) -> Reply:
    def receipt(held: Entity) -> Reply:
        reply_fields, whole = xcore_shapes.receipt(state, held), xcore_shapes.envelope(state, held)
        return updates.reply_to(state.settings, reply_fields, whole)

    return updates.carry_out(state, call, entity, change, receipt, base=f"/{container}")


def _view(state: State, held: Entity) -> updates.View:
    """Return what a patch sees: the envelope."""
    shown = xcore_shapes.envelope(state, held)
    if state.settings.test_compares == "held":
        shown["_instance"] = held.body | {"@id": held.id}
    if not state.settings.test_sees_etag:
        shown = {"_instance": shown["_instance"]}
    fixed = frozenset({"/_instance/@id"})
    return updates.View(shown=shown, root="/_instance", etag="/repo:etag", fixed=fixed)


def _authorize(state: State, call: Call, container: str) -> str:
    sandbox = authorize(state, call)
    if container != container_id(sandbox):
        raise problem(404, f"Container {container} was not found in sandbox {sandbox}")
    return sandbox


def _schema_of(content_type: str) -> str:
    match = _SCHEMA.search(content_type)
    if match is None:
        raise problem(400, "The content-type must name a schema")
    return match.group(1)


def _check_accept(state: State, call: Call, entity: Entity) -> None:
    """Refuse to show an instance where other schemas are asked for, and not its own."""
    asked = _SCHEMA.findall(call.headers.get("Accept", ""))
    if asked and entity.shelf.kind not in map(_kind_of, asked):
        raise problem(
            state.settings.foreign_accept_status,
            f"The instance has another schema than the Accept header names: {', '.join(asked)}",
        )


def _kind_of(schema: str) -> str | None:
    """Return the kind that a schema, with or without its version, describes."""
    return _KINDS.get(schema.partition(";")[0].strip().removeprefix(NAMESPACE))


def _shelf(state: State, sandbox: str, schema: str) -> Shelf:
    kind = _kind_of(schema)
    if kind is None:
        raise problem(400, f"Unknown schema {schema}")
    repository.check_shown(state, kind)
    return Shelf(dialect="xcore", kind=kind, sandbox=sandbox)


def _unwrap(state: State, call: Call, found: object) -> object:
    """Take the instance out of its envelope."""
    if media_type(call) == BARE:
        return found
    if not isinstance(found, dict) or "_instance" not in found or "_links" not in found:
        raise problem(state.settings.invalid_body_status, "_instance and _links are required")
    return found["_instance"]


def _find(
    state: State, call: Call, container: str, key: str, *, as_of: int | None = None
) -> Entity:
    sandbox = _authorize(state, call, container)
    for kind in repository.ID_WORDS:
        shelf = Shelf(dialect="xcore", kind=kind, sandbox=sandbox)
        if entity := state.store.get(shelf, instance_id=key, as_of=as_of):
            return entity
    raise problem(404, f"Instance {key} was not found")


def _lookup(state: State, shelf: Shelf, *, schema: str, ids: list[str], name: str | None) -> Reply:
    """Look up by business ids, or by a name in which * and ? stand for anything."""
    until = state.visible_until(lookup=True)
    if name is None:
        found = [
            e for key in ids for e in state.store.select(shelf, Selection(id=key, as_of=until))
        ]
    elif state.active.several_pending(wanted_name=name):
        near = name[: max(1, len(name) // 2)].lower()
        every = state.store.select(shelf, Selection(as_of=until))
        found = [e for e in every if e.name.lower().startswith(near)]
    elif "*" in name or "?" in name:
        every = state.store.select(shelf, Selection(as_of=until))
        found = [e for e in every if fnmatchcase(e.name, name.replace("[", "[[]"))]
    else:
        found = list(state.store.select(shelf, Selection(name=name, as_of=until)))
    shown = Page(
        entities=found, total=len(found), remaining=len(found), order="", limit=0, next_start=None
    )
    links = {"self": {"href": f"?schema={schema}", "@type": xcore_shapes.RESULTS}}
    return as_json(200, xcore_shapes.results(state, shown, schema=schema, links=links))


def _links(state: State, call: Call, path: str, found: Page) -> dict[str, Any]:
    kept = {
        name: call.raw_values(name)
        for name in ("property", "q", "qop", "field")
        if call.raw_values(name)
    }
    fixed = {"orderby": found.order, "schema": call.first("schema") or ""}

    def href(start: str | None) -> dict[str, str]:
        begin = {} if start is None else {"start": start}
        parameters = {**begin, **fixed, "limit": str(found.limit)}
        where = link(state.settings, call, path, **parameters, **kept)
        return {"href": where, "@type": xcore_shapes.RESULTS}

    links = {"self": href(call.first("start"))}
    if found.next_start is not None:
        links["next"] = href(found.next_start)
    if found.has_before:
        links["prev"] = href(found.before_start)
    return links


def _style(state: State) -> Style:
    return Style(
        columns=_COLUMNS,
        order="instanceId",
        names=("_instance.xdm:name",),
        ids=("_instance.@id",),
        document=lambda entity: xcore_shapes.envelope(state, entity),
        key=_key,
    )


def _key(entity: Entity, column: str) -> str:
    value = getattr(entity, column)
    return micros_z(value) if column in ("created", "modified") else str(value)
