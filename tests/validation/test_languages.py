"""Groups of a row that name the same placement, against the rule as one says it: by pairs."""

from itertools import combinations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from loader.offer.languages import CODE_AND_FIELD, Languages
from loader.validation.fields import numbered

GROUPS = (1, 2, 3)
FIELDS = ("placement", "type", "channel", "language")
URI = "https://ns.adobe.com/xdm/channel-types/web"
GROUP = st.tuples(
    st.sampled_from(["", "P", "Q"]),
    st.sampled_from(["", "html", "text"]),
    st.sampled_from(["", "web", URI, "email"]),
    st.sampled_from(["", "en", "fr"]),
)
ROWS = st.lists(st.tuples(GROUP, GROUP, GROUP), max_size=6)


def by_pairs(row: tuple[tuple[str, ...], ...]) -> set[tuple[str, int]]:
    """(code, the group to blame) of one row."""
    found = set()
    for (_, one), (number, other) in combinations(zip(GROUPS, row, strict=True), 2):
        if not other[0] or one[0] != other[0]:
            continue
        for code, at in (("type-conflict", 1), ("channel-conflict", 2)):
            first, second = (each[at].rpartition("/")[2] for each in (one, other))
            if first and second and first != second:
                found.add((code, number))
        if one[3] == other[3]:
            found.add(("representation-repeated", number))
    return found


@given(ROWS)
def test_every_conflict_is_found_and_the_later_group_is_blamed(
    rows: list[tuple[tuple[str, ...], ...]],
) -> None:
    columns = {
        numbered(field, number): [row[number - 1][at] for row in rows]
        for number in GROUPS
        for at, field in enumerate(FIELDS)
    }
    frame = pd.DataFrame(columns, dtype="str")
    languages = Languages(GROUPS)

    found = [set() for _ in rows]
    for number in GROUPS:
        for code, _ in CODE_AND_FIELD:
            for at in languages.faults(frame, code, number).nonzero()[0]:
                found[at].add((code, number))

    assert found == [by_pairs(row) for row in rows]
