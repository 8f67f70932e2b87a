"""The legacy dialect: HAL, a container in the path, the type in the media type, two ids."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from loader.api.dialect import objects_of, text, without_secret, without_secrets
from loader.api.error_body import one_line
from loader.api.is_update_applied import Steps
from loader.errors import TargetError
from loader.model import Receipt, RemoteOffer
from loader.validation.entity import Endpoints

NAMESPACE: Final = "https://ns.adobe.com/experience/offer-management/"
PLACEMENT_SCHEMA: Final = f"{NAMESPACE}offer-placement;version=0.4"
TAG_SCHEMA: Final = f"{NAMESPACE}tag;version=0.1"
DECISION_SCHEMA: Final = f"{NAMESPACE}offer-activity;version=0.5"
BARE: Final = "application/schema-instance+json; version=1; "
ENVELOPE: Final = "application/vnd.adobe.platform.xcore.hal+json;"
PATCH: Final = "application/vnd.adobe.platform.xcore.patch.hal+json; version=1;"
RECEIPT: Final = "application/vnd.adobe.platform.xcore.xdm.receipt+json; version=1"
RESULTS: Final = (
    "*,application/vnd.adobe.platform.xcore.hal+json;"
    ' schema="https://ns.adobe.com/experience/xcore/hal/results"'
)
HOME: Final = "application/vnd.adobe.platform.xcore.home.hal+json"
CONTAINERS_PATH: Final = "/?product=acp&property=_instance.containerType==decisioning"
_CONTAINERS: Final = "https://ns.adobe.com/experience/xcore/container"
_PAGE: Final = 100


class XcoreWire:
    """Requests and replies of `/data/core/xcore`, for one container."""

    list_headers: Mapping[str, str] = {"Accept": RESULTS}
    patch_root = "/_instance"
    name_field = "xdm:name"

    def __init__(self, endpoints: Endpoints, *, container_id: str, in_envelope: bool) -> None:
        schema = endpoints.xcore_schema
        self._in_envelope = in_envelope
        self.read_headers: Mapping[str, str] = {"Accept": f'*,{ENVELOPE} schema="{schema}"'}
        self._patch_type = f'{PATCH} schema="{schema}"'
        self.create_path = f"/{container_id}/instances"
        self._query = f"{self.create_path}?schema={quote(schema, safe='')}"
        self.list_path = self._all_of(schema)
        self.placements_path = self._all_of(PLACEMENT_SCHEMA)
        self.tags_path = self._all_of(TAG_SCHEMA)
        self.decisions_path = self._all_of(DECISION_SCHEMA)
        form = ENVELOPE if in_envelope else BARE
        self.create_headers: Mapping[str, str] = {
            "Content-Type": f'{form} schema="{schema}"',
            "Accept": RECEIPT,
        }

    def _all_of(self, schema: str) -> str:
        query = f"{self.create_path}?schema={quote(schema, safe='')}"
        return f"{query}&orderby=instanceId&limit={_PAGE}"

    def body(self, payload: bytes) -> bytes:
        """Return what is sent for a payload: bare, or in an envelope."""
        return envelope(payload) if self._in_envelope else payload

    def offer_path(self, remote_id: str) -> str:
        """Return the address of one offer by its instanceId."""
        return f"{self.create_path}/{quote(remote_id, safe='')}"

    def delete_headers(self, etag: str) -> Mapping[str, str]:
        """Return the headers of a delete, of this revision where one is given."""
        return {"Accept": RECEIPT, **({"If-Match": f'"{etag}"'} if etag else {})}

    def patch(self, steps: Steps, etag: str) -> tuple[Steps, Mapping[str, str]]:
        """Return the steps and headers of an update: `If-Match`, for no `test` is documented."""
        headers = {"Content-Type": self._patch_type, "Accept": RECEIPT}
        if not etag:
            return steps, headers
        changes = [step for step in steps if step["op"] != "test"]
        return changes, {**headers, "If-Match": f'"{etag}"'}

    def receipt(self, document: Mapping[str, Any]) -> Receipt | None:
        """Return the receipt in a reply to a create, or None where it lacks an id."""
        instance_id, at_id, etag = without_secrets(
            document.get("instanceId"), document.get("@id"), document.get("repo:etag")
        )
        if not instance_id or not at_id:
            return None
        return Receipt(instance_id=instance_id, at_id=at_id, etag=etag)

    def bare(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the object that an item of a list holds, out of its envelope."""
        inside = item.get("_instance")
        return inside if isinstance(inside, Mapping) else {}

    def offer(self, document: Mapping[str, Any]) -> RemoteOffer | None:
        """Return one offer out of its envelope, or None where it has no id."""
        inside = document.get("_instance")
        if not isinstance(inside, Mapping):
            return None
        instance_id, at_id, etag = without_secrets(
            document.get("instanceId"), inside.get("@id"), document.get("repo:etag")
        )
        if not instance_id:
            return None
        receipt = Receipt(instance_id=instance_id, at_id=at_id, etag=etag)
        return RemoteOffer(
            receipt=receipt,
            name=text(inside.get("xdm:name")),
            modified_at=text(document.get("repo:lastModifiedDate")),
            offer=dict(inside),
        )


async def find_container(
    pages: AsyncIterator[Mapping[str, Any] | None], *, sandbox_name: str
) -> str:
    """Return the decisioning container of a sandbox from the list of containers.

    Raises `TargetError` where there is none, or more than one.
    """
    known: set[str] = set()
    found: dict[str, None] = {}  # in their order; a page may show one again
    async for page in pages:
        for parent, container in _containers_of(page or {}):
            known.add(parent)
            if parent == sandbox_name:
                found[container] = None
    if len(found) > 1:
        raise TargetError(
            f"the sandbox '{sandbox_name}' has {len(found)} decisioning containers:"
            f" {one_line(', '.join(found))}. Set LOADER_CONTAINER_ID to one of them.",
            code="no-container",
        )
    if found:
        return next(iter(found))
    raise TargetError(
        f"the sandbox '{sandbox_name}' has no decisioning container; sandboxes that have one:"
        f" {one_line(', '.join(sorted(known))) or 'none'}. Check LOADER_SANDBOX_NAME, or set"
        " LOADER_CONTAINER_ID.",
        code="no-container",
    )


def _containers_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (sandbox, id) of the containers on one page of their list.

    Raises `TargetError` for what is no such page.
    """
    embedded = document.get("_embedded")
    if not isinstance(embedded, Mapping):
        raise TargetError(
            "the API's answer to the list of containers is not the documented list (it has no"
            " `_embedded`), so it proves nothing: try again later, or set LOADER_CONTAINER_ID",
            code="not-a-list",
        )
    listed = embedded.get(_CONTAINERS)
    for each in objects_of(listed):
        inside = each.get("_instance")
        parent = text(inside.get("parentName")) if isinstance(inside, Mapping) else ""
        if container := without_secret(each.get("instanceId")):
            yield parent, container


def envelope(body: bytes) -> bytes:
    """Return the older form of a create call: the bare body inside `_instance`."""
    return b'{"_instance":' + body + b',"_links":{}}'
