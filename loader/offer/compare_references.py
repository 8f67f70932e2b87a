"""Which placements a payload refers to, in either dialect."""

import orjson


def placements_of(body: bytes) -> tuple[str, ...]:
    """Return the ids of the placements of a payload of ours, in order."""
    offer = orjson.loads(body)
    shown = offer.get("representations") or offer.get("xdm:representations") or ()
    return tuple(str(each.get("placement") or each.get("xdm:placement")) for each in shown)
