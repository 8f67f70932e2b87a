"""How two payloads of one key differ, in words: for a row whose offer another row has."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from loader.merge.update_body import as_text
from loader.model import Dialect
from loader.offer.compare import NOT_SHOWN
from loader.offer.shown_in_columns import shown
from loader.tables.differing_cells import describe_differences

_PREFIX: Final = "xdm:"


def describe_change(before: bytes, now: bytes) -> str:
    """Say what two offers of one key send otherwise, by column; "" where columns do not show it."""
    old_placements, new_placements = placements_of(before), placements_of(now)
    if old_placements != new_placements:
        return (
            f"that one fills the placement {', '.join(old_placements)}, this row"
            f" {', '.join(new_placements)} (did a placement's name pass to another one?)"
        )
    old_texts, new_texts = (dict(_texts(orjson.loads(body))) for body in (before, now))
    return describe_differences(old_texts, new_texts, words="what is sent differs in")


def placements_of(body: bytes) -> tuple[str, ...]:
    """Return the ids of the placements of a payload of ours, in order."""
    offer = orjson.loads(body)
    shows = offer.get("representations") or offer.get("xdm:representations") or ()
    return tuple(str(each.get("placement") or each.get("xdm:placement")) for each in shows)


def _texts(offer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    dialect = Dialect.XCORE if any(name.startswith(_PREFIX) for name in offer) else Dialect.DPS
    for part, value in shown(offer, dialect).parts().items():
        yield part.words({}), as_text(value, {}) or ""
    prefix = _PREFIX if dialect is Dialect.XCORE else ""
    for column, (outer, inner) in NOT_SHOWN.items():
        sent = (offer.get(prefix + outer) or {}).get(prefix + inner)
        yield column, "" if sent is None else str(sent)
