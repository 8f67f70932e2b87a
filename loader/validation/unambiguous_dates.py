"""Check that a cell is a date of one meaning: 03/04/2027 could be two days."""

from typing import Any, Final

import pandera.pandas as pp

from loader.tables.arrow import Mask, Text, by_distinct, matching
from loader.tables.iso_dates import BAD, timestamps
from loader.validation.cell_checks import cell_check

_AMBIGUOUS: Final = (  # either number may be the month
    r"^(?:0?[1-9]|1[0-2])[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:\d{4}|\d{2})(?:[ T,].*)?$"
)


def dates() -> tuple[pp.Check, ...]:
    """Check that the cell is a date with one meaning, in the calendar.

    A time that the zone of the run skips or repeats is found where the zone is known.
    """

    def ambiguous(cells: Text) -> Mask:
        return by_distinct(cells, lambda some: matching(some, _AMBIGUOUS))

    def exists(cells: Text) -> Any:
        return (timestamps(cells, zone="UTC") != BAD) | ambiguous(cells)

    def clear(cells: Text) -> Any:
        return ~ambiguous(cells)

    return cell_check("bad-date", exists), cell_check("date-ambiguous", clear)
