"""The names of the live dialect: plain JSON, as the API's create sample shows them."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from loader.offer.mapping import Component, OfferRow

TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(row: "OfferRow") -> dict[str, Any]:
    """Return the body of a create call. Dates and priority go along only where filled."""
    body: dict[str, Any] = {
        "name": row.name,
        "status": row.status,
        "representations": [
            _filled(
                placement=each.placement,
                channel=each.channel,
                components=[_component(component) for component in each.components],
            )
            for each in row.representations
        ],
    }
    body |= _filled(
        description=row.description,
        tags=list(row.tags),
        labels=list(row.labels),
        characteristics=dict(row.attributes),
    )
    if row.start_date or row.end_date:
        dates = _filled(startDate=row.start_date, endDate=row.end_date)
        body["selectionConstraint"] = {**dates, "profileConstraintType": "none"}
    if row.priority is not None:
        body["rank"] = {"priority": row.priority}
    return body


def _component(component: "Component") -> dict[str, Any]:
    return _filled(
        type=TYPES[component.kind],
        format=component.format,
        language=list(component.languages),
        content=component.content,
        deliveryURL=component.delivery_url,
        linkURL=component.link_url,
    )


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
