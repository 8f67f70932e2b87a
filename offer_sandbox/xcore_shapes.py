"""The replies of the XCORE dialect: receipt, envelope, list of results, list of containers."""

import time
from typing import Any, Final

from offer_sandbox.ids_and_times import micros_z
from offer_sandbox.paging import Page
from offer_sandbox.read_forms import as_read
from offer_sandbox.repository import COLLECTIONS, DECISIONS, ID_WORDS
from offer_sandbox.seeds import container_id
from offer_sandbox.state import State
from offer_sandbox.store import Entity

RESULTS: Final = "https://ns.adobe.com/experience/xcore/hal/results"
_CONTAINER: Final = "https://ns.adobe.com/experience/xcore/container"
_HOME: Final = "https://ns.adobe.com/experience/xcore/hal/home"
_OFFERS: Final = "https://ns.adobe.com/experience/offer-management/"

_VERSIONS: Final = {
    "offers": "0.5",
    "placements": "0.4",
    "tags": "0.1",
    DECISIONS: "0.5",
    COLLECTIONS: "0.1",
}


def receipt(state: State, entity: Entity) -> dict[str, Any]:
    """Return what create, PUT and PATCH answer."""
    return {"instanceId": entity.instance_id, "@id": entity.id} | _repo(state, entity)


def envelope(state: State, entity: Entity) -> dict[str, Any]:
    """Return an entity as reads show it."""
    container = container_id(entity.shelf.sandbox)
    kind = entity.shelf.kind
    schema = f"{_OFFERS}{ID_WORDS[kind]};version={_VERSIONS[kind]}"
    body = as_read(state.settings, "xcore", entity.body) if kind == "offers" else entity.body
    return (
        {"instanceId": entity.instance_id, "schemas": [schema], "productContexts": ["acp"]}
        | _repo(state, entity)
        | {
            "_instance": body | {"@id": entity.id},
            "_links": {
                "self": {
                    "name": f"{schema}#{entity.instance_id}",
                    "href": f"/{container}/instances/{entity.instance_id}",
                    "@type": schema,
                }
            },
            "sandboxName": entity.shelf.sandbox,
        }
    )


def results(state: State, found: Page, *, schema: str, links: dict[str, Any]) -> dict[str, Any]:
    """Return a page of entities."""
    total = found.total if state.settings.xcore_total == "all" else found.remaining
    for entity in found.entities:
        state.edits.show(entity)
    sandbox = found.entities[0].shelf.sandbox if found.entities else state.settings.sandbox_name
    return {
        "containerId": container_id(sandbox),
        "schemaNs": schema,
        "requestTime": micros_z(time.time_ns() // 1000),
        "_embedded": {
            "results": [envelope(state, entity) | {"_score": 0} for entity in found.entities],
            "total": total,
            "count": len(found.entities),
        },
        "_links": links,
    }


def container_list(
    state: State, sandboxes: list[str], *, here: str, more: str | None
) -> dict[str, Any]:
    """Return one page of the decisioning containers of some sandboxes."""
    links = {"self": {"href": here, "@type": _HOME}}
    if more is not None:
        links["next"] = {"href": more, "@type": _HOME}
    return {
        "_embedded": {_CONTAINER: [container(state, sandbox) for sandbox in sandboxes]},
        "_links": links,
    }


def container(state: State, sandbox: str) -> dict[str, Any]:
    """Return the decisioning container of a sandbox."""
    key = container_id(sandbox)
    return {
        "instanceId": key,
        "schemas": [f"{_CONTAINER};version=0.5"],
        "productContexts": ["acp"],
        "repo:etag": 2,
        "repo:createdDate": "2020-09-16T07:54:28.319959Z",
        "repo:lastModifiedDate": "2020-09-16T07:54:32.098139Z",
        "repo:createdBy": state.settings.user,
        "repo:lastModifiedBy": state.settings.user,
        "repo:createdByClientId": "acp_provisioning",
        "repo:lastModifiedByClientId": "acp_core_omnihub_entities",
        "_instance": {
            "containerType": "decisioning",
            "repo:name": f"{sandbox} decisioning",
            "dataCenter": "VA7",
            "parentName": sandbox,
            "parentId": container_id(f"{sandbox}/sandbox"),
        },
        "_links": {"self": {"href": f"/containers/{key}"}},
    }


def _repo(state: State, entity: Entity) -> dict[str, Any]:
    return {
        "repo:etag": entity.etag,
        "repo:createdDate": micros_z(entity.created),
        "repo:lastModifiedDate": micros_z(entity.modified),
        "repo:createdBy": state.settings.user,
        "repo:lastModifiedBy": state.settings.user,
        "repo:createdByClientId": entity.client,
        "repo:lastModifiedByClientId": entity.client,
    }
