"""The live dialect: plain JSON, one `id`."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from loader.api.dialect import text, without_secrets
from loader.api.is_update_applied import Steps, unguarded
from loader.model import Receipt, RemoteOffer
from loader.validation.entity import Endpoints

_PAGE: Final = 100
_IN_ORDER: Final = ("orderby=id", f"limit={_PAGE}")


class DpsWire:
    """Requests and replies of `/data/core/dps`."""

    create_headers: Mapping[str, str] = {"Content-Type": "application/json"}
    list_headers: Mapping[str, str] = {"Accept": "*,application/json"}
    read_headers: Mapping[str, str] = list_headers
    patch_root = ""
    name_field = "name"
    placements_path = f"/placements?orderby=id&limit={_PAGE}"
    tags_path = f"/tags?orderby=id&limit={_PAGE}"
    decisions_path = f"/offer-decisions?orderby=id&limit={_PAGE}"

    def __init__(self, endpoints: Endpoints) -> None:
        self._path, self._query = endpoints.dps_path, endpoints.dps_query
        self.create_path = self._address()
        self.list_path = self._address(*_IN_ORDER)

    def _address(self, *more: str) -> str:
        query = "&".join(filter(None, (self._query, *more)))
        return f"{self._path}?{query}" if query else self._path

    def body(self, payload: bytes) -> bytes:
        """Return what is sent for a payload: itself."""
        return payload

    def offer_path(self, remote_id: str) -> str:
        """Return the address of one offer."""
        query = f"?{self._query}" if self._query else ""
        return f"{self._path}/{quote(remote_id, safe=':')}{query}"

    def delete_headers(self, _etag: str) -> Mapping[str, str]:
        """Return the headers of a delete: no condition is documented."""
        return {}

    def patch(self, steps: Steps, etag: str) -> tuple[Steps, Mapping[str, str]]:
        """Return the steps and headers of an update.

        What is new cannot be tested, for it is not there yet: so the revision is.
        """
        if etag and unguarded(steps):
            revision = int(etag) if etag.isdecimal() else etag
            steps = [{"op": "test", "path": "/etag", "value": revision}, *steps]
        return steps, self.create_headers

    def receipt(self, document: Mapping[str, Any]) -> Receipt | None:
        """Return the receipt in a reply to a create or an update, or None where it has no id.

        An id is a kind and a number, `dps:fallback-offer:1a24dc4342f2e21e`. One part alone cannot
        be compared with the ids that lists show, and is no `instance_id`.
        """
        remote_id, etag = without_secrets(document.get("id"), document.get("etag"))
        remote_id = unquote(remote_id)
        if not remote_id:
            return None
        if ":" not in remote_id:
            return Receipt(instance_id="", at_id=remote_id, etag=etag)
        return Receipt(instance_id=remote_id, at_id=remote_id, etag=etag)

    def bare(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the object that an item of a list holds: the item itself."""
        return item

    def offer(self, document: Mapping[str, Any]) -> RemoteOffer | None:
        """Return one offer, or None where it has no id."""
        remote_id, etag = without_secrets(document.get("id"), document.get("etag"))
        if not remote_id:
            return None
        return RemoteOffer(
            receipt=Receipt(instance_id=remote_id, at_id=remote_id, etag=etag),
            name=text(document.get("name")),
            modified_at=text(document.get("modified")),
            offer=dict(document),
        )
