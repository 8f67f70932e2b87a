"""The names of the live dialect: plain JSON, as the API's create sample shows them."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from loader.offer.mapping import Component, OfferRow, Representation

TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(row: "OfferRow") -> dict[str, Any]:
    """Return the body of a create call. Dates and priority go along only where filled."""
    name, status, description, tags, labels, start, end, priority, attributes, shown = row
    body: dict[str, Any] = {
        "name": name,
        "status": status,
        "representations": [_representation(each) for each in shown],
    }
    if description:
        body["description"] = description
    if tags:
        body["tags"] = tags
    if labels:
        body["labels"] = labels
    if attributes:
        body["characteristics"] = attributes
    if start or end:
        body["selectionConstraint"] = constraint = {"profileConstraintType": "none"}
        if start:
            constraint["startDate"] = start
        if end:
            constraint["endDate"] = end
    if priority:
        body["rank"] = {"priority": int(priority)}
    return body


def _representation(representation: "Representation") -> dict[str, Any]:
    placement, channel, components = representation
    made: dict[str, Any] = {
        "placement": placement,
        "components": [_component(component) for component in components],
    }
    if channel:
        made["channel"] = channel
    return made


def _component(component: "Component") -> dict[str, Any]:
    kind, form, languages, content, delivery_url, link_url = component
    made: dict[str, Any] = {"type": TYPES[kind], "format": form}
    if languages:
        made["language"] = languages
    if content:
        made["content"] = content
    if delivery_url:
        made["deliveryURL"] = delivery_url
    if link_url:
        made["linkURL"] = link_url
    return made
