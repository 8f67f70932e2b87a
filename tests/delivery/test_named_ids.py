"""Whether the words of a reply name an offer by its id."""

import pytest

from loader.delivery.sightings import is_named
from loader.model import ACCEPTED, IN_PART, SAYS_ID, Receipt

OFFER = Receipt(instance_id="9f1c", at_id="xcore:fallback-offer:124e2e76")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (f"HTTP 201 {SAYS_ID[IN_PART]}124e2e76", True),
        (f"HTTP 202: {SAYS_ID[ACCEPTED]}xcore:fallback-offer:124e2e76", True),
        (f"HTTP 202: {SAYS_ID[ACCEPTED]}9f1c", True),
        (f"HTTP 201 {SAYS_ID[IN_PART]}2e76", False),
        (f"HTTP 201 {SAYS_ID[IN_PART]}124e2e76 and more", False),
        (f"HTTP 201 {SAYS_ID[IN_PART]}", False),
        ("HTTP 201 without readable ids: 124e2e76", False),
        ("", False),
    ],
)
def test_an_offer_is_named_by_its_id_or_the_last_part_of_it(answer: str, expected: bool) -> None:
    assert is_named(answer, OFFER) is expected
