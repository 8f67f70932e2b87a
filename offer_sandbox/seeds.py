"""What is in a new sandbox: the containers, and the placements and tags to refer to."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from offer_sandbox.ids_and_times import instance_id
from offer_sandbox.store import Entity, Shelf, Store

CHANNEL: Final = "https://ns.adobe.com/xdm/channel-types/"
COMPONENT: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
_BEGINNING: Final = 1_654_820_000_000_000  # June 2022: before any offer of a run

# id after its last colon (or whole), name, kind of component, channel
PLACEMENTS: Final = (
    ("1a24dc4342f2e21e", "Web banner", "html", "web"),
    ("1a24dc4342f2e21f", "Email image", "imagelink", "email"),
    ("1a24dc4342f2e220", "Web text", "text", "web"),
    ("1a24dc4342f2e221", "Mobile JSON", "json", "mobile"),
    ("offerPlacement1234", "Web image", "imagelink", "web"),
    ("124e0be5699743d3", "Web HTML", "html", "web"),
    ("122201b2150d98c2", "Web JSON", "json", "web"),
    ("1a24dc4342f2e222", "Hero", "html", "web"),  # two of one name: nothing forbids it
    ("1a24dc4342f2e223", "Hero", "imagelink", "email"),
)
CONTENT_TYPES: Final = {"Web image": ["image/png", "image/jpeg"]}
TAGS: Final = (
    ("1a24dc4342f2e230", "Spring"),
    ("1a24dc4342f2e231", "Loyalty"),
    ("tag1234", "Example"),
    ("1a24dc4342f2e232", "Sale"),  # unique, but for its case
    ("1a24dc4342f2e233", "SALE"),
)


def container_id(sandbox: str) -> str:
    """Return the one decisioning container of a sandbox: the same after every start."""
    return str(uuid5(NAMESPACE_URL, f"https://sandbox.example/{sandbox}"))


def seed(store: Store, sandboxes: tuple[str, ...], *, client: str) -> None:
    """Put the seeds where there are none."""
    for place, sandbox in enumerate(sandboxes):
        for step, (shelf, key, body) in enumerate(_seeds(sandbox)):
            if store.get(shelf, id=key) is None:
                moment = _BEGINNING + place * 1000 + step
                name = body.get("xdm:name") or body["name"]
                store.add(
                    Entity(
                        shelf=shelf,
                        id=key,
                        instance_id=instance_id(moment),
                        name=name,
                        etag=1,
                        created=moment,
                        modified=moment,
                        client=client,
                        body=body,
                    )
                )


def _seeds(sandbox: str) -> list[tuple[Shelf, str, dict[str, Any]]]:
    found: list[tuple[Shelf, str, dict[str, Any]]] = []
    for dialect in ("dps", "xcore"):
        shelf = Shelf(dialect=dialect, kind="placements", sandbox=sandbox)
        for key, name, kind, channel in PLACEMENTS:
            body = _placement(dialect, name=name, kind=kind, channel=channel)
            found.append((shelf, _id(dialect, "offer-placement", key), body))
        shelf = Shelf(dialect=dialect, kind="tags", sandbox=sandbox)
        for key, name in TAGS:
            body = {"name": name} if dialect == "dps" else {"xdm:name": name}
            found.append((shelf, _id(dialect, "tag", key), body))
    return found


def _placement(dialect: str, *, name: str, kind: str, channel: str) -> dict[str, Any]:
    if dialect == "dps":
        return {
            "name": name,
            "description": f"{name} of the sandbox",
            "componentType": kind,
            "channel": CHANNEL + channel,
            "itemCount": 1,
            "allowDuplicatePlacements": False,
        }
    return {
        "xdm:name": name,
        "xdm:description": f"{name} of the sandbox",
        "xdm:componentType": COMPONENT + kind,
        "xdm:channel": CHANNEL + channel,
        "xdm:contentTypes": CONTENT_TYPES.get(name, []),
    }


def _id(dialect: str, kind: str, key: str) -> str:
    is_hex = len(key) == 16 and not set(key) - set("0123456789abcdef")
    return f"{dialect}:{kind}:{key}" if is_hex else key
