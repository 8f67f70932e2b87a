"""Which rows of an undo are offers that its run had deleted: by their code, once by their words."""

from dataclasses import replace

import pytest

from loader.run.undo.plan_restores import stays_deleted
from tests.support.result_rows import created

ROW = replace(created(2, "Sale"), status="unchanged")


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        ("stays-deleted", "a deleted offer cannot be put back", True),
        ("stays-deleted", "in other words", True),
        ("", "a deleted offer cannot be put back", True),  # by a version that gave no code
        ("", "it is as before already", False),
        ("", "", False),
    ],
)
def test_an_offer_that_stays_deleted_is_told_by_its_code(
    code: str, words: str, expected: bool
) -> None:
    assert stays_deleted(replace(ROW, error_code=code, error=words)) is expected


def test_only_a_row_that_is_left_as_it_is_stays_deleted() -> None:
    row = replace(ROW, status="deleted", error_code="stays-deleted")
    assert not stays_deleted(row)
