"""Names that a server may have made of one another fold to one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.delivery.name_folding import fold_name
from offer_sandbox import SandboxSettings
from offer_sandbox.kept_names import kept_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Sale", "SALE"),
        (" Sale\t", "Sale"),
        ("Big  sale", "Big sale"),
        ("Big\u00a0sale", "Big sale"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Straße", "STRASSE"),
        ("A & B", "A &amp; B"),
        ("A\u200bB", "A B"),
        ("\ufb01ne", "fine"),
    ],
)
def test_what_a_server_may_change_does_not_count(sent: str, kept: str) -> None:
    assert fold_name(sent) == fold_name(kept)


@pytest.mark.parametrize(("one", "other"), [("Sale 1", "Sale 2"), ("A-B", "AB"), ("Mai", "Maï")])
def test_what_no_server_changes_does_count(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@given(name=st.text(min_size=1), how=st.sampled_from(
    ["sent", "trimmed", "lower-case", "one-blank", "plain-blanks", "nfc", "folded"]
))  # fmt: skip
def test_every_way_of_the_sandbox_to_keep_a_name_is_seen_through(name: str, how) -> None:
    assert SandboxSettings(names_kept=how)
    assert fold_name(kept_name(name, how)) == fold_name(name)
