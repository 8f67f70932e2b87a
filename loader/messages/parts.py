"""What is said of rows that belong together: parts of one offer, or two rows of one key."""

from collections.abc import Sequence
from typing import Final

from loader.model import RowError

PART_OF_INVALID: Final = "part-of-invalid"
ONE_OF_THE_TWO: Final = (
    "give the row a name (or external id) of its own, or remove one of the two; if both are one"
    " offer, for two placements or languages, put the second into placement_2, content_2 … of the"
    " first row, or use the long form (`loader explain mappings`)"
)
_MOST_NAMED: Final = 5


def part_of_invalid(row_number: int, blamed: Sequence[int]) -> RowError:
    """Say that a row is not sent because of errors in other rows of its offer."""
    named = ", ".join(map(str, blamed[:_MOST_NAMED]))
    more = " and others" if len(blamed) > _MOST_NAMED else ""
    rows = f"row{'' if len(blamed) == 1 else 's'} {named}{more}"
    return RowError(
        row_number=row_number,
        column="",
        cell="",
        code=PART_OF_INVALID,
        message=f"the row is part of an offer that is not sent, because of {rows}",
    )
