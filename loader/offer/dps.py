"""The names of the live dialect: plain JSON, as the API's create sample shows them."""

from typing import TYPE_CHECKING, Final

from loader.offer.json_columns import Json, any_said, each_distinct, objects, where

if TYPE_CHECKING:
    from loader.offer.columns import Component, OfferColumns

TYPES: Final = {"": "", "html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(offers: "OfferColumns", *, representations: Json) -> Json:
    """Return the bodies of create calls. Dates and priority go along only where filled."""
    return objects(
        {
            "name": offers.name,
            "description": offers.description,
            "status": offers.status,
            "representations": representations,
            "tags": offers.tags,
            "labels": offers.labels,
            "characteristics": offers.attributes,
            "selectionConstraint": _constraint(offers),
            "rank": objects({"priority": offers.priority}),
        }
    )


def _constraint(offers: "OfferColumns") -> Json:
    dates = {"startDate": offers.start_date, "endDate": offers.end_date}
    constraint = objects({"profileConstraintType": Json(('"none"',), said=True)} | dates)
    return where(any_said(*dates.values()), constraint)


def representation(*, placement: Json, channel: Json, components: Json) -> Json:
    """Return what is shown in one placement."""
    return objects({"placement": placement, "channel": channel, "components": components})


def component(component: "Component") -> Json:
    """Return one piece of content."""
    return objects(
        {
            "type": each_distinct(component.kind, TYPES.__getitem__),
            "format": component.format,
            "language": component.languages,
            "content": component.content,
            "deliveryURL": component.delivery_url,
            "linkURL": component.link_url,
        }
    )
