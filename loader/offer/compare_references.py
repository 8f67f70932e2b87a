"""Which placements payloads refer to, in either dialect, and how two of one key differ in that."""

import orjson


def placements_of(body: bytes) -> tuple[str, ...]:
    """Return the ids of the placements of a payload of ours, in order."""
    offer = orjson.loads(body)
    shown = offer.get("representations") or offer.get("xdm:representations") or ()
    return tuple(str(each.get("placement") or each.get("xdm:placement")) for each in shown)


def describe_change(before: bytes, now: bytes) -> str:
    """Say how the placements of two payloads of one key differ; "" where they do not."""
    old, new = placements_of(before), placements_of(now)
    if old == new:
        return ""
    return (
        f"that one fills the placement {', '.join(old)}, this row {', '.join(new)} (did a"
        " placement's name pass to another one?)"
    )
