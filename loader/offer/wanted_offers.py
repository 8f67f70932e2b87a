"""Which offers a person asks for, by what columns can show of them."""

from loader.merge.part import Part, Parts
from loader.validation.editing import Wanted


def is_wanted(parts: Parts, wanted: Wanted) -> bool:
    """Return whether an offer with these parts is asked for."""
    tags = parts.get(Part(field="tags")) or ()
    return (
        (wanted.status is None or str(parts.get(Part(field="status"))) == wanted.status)
        and (
            wanted.placements is None or any(part.placement in wanted.placements for part in parts)
        )
        and (wanted.tags is None or any(tag in wanted.tags for tag in tags))
    )
