"""Names that a server may have made of one another fold to one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loader.name_folding import bare_names, fold_name, may_be_stored_as
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


@pytest.mark.parametrize(
    ("sent", "kept", "may_be"),
    [
        ("A & <B>", "A &amp;amp; &amp;lt;B&amp;gt;", True),
        ("50% \u00e0 la carte", "50%25%20%C3%A0%20la%20carte", True),
        ("\u00c9t\u00e9 1", "\u00c3\u0089t\u00c3\u00a9 1", True),
        # mis-decoded in the file, lower-cased there
        ("Caf\u00c3\u00a9 1", "caf\u00e3\u00a9 1", True),
        ("\u00c9t\u00e9 \u00e0 Gen\u00e8ve", "Ete a Geneve", True),
        ("Don\u2019t \u2013 miss", "Don\\'t - miss", True),
        ("<b>Sale</b> now", "Sale now", True),
        ("Sale: 1 (new)", "Sale_1_new", True),
        ("Sale\u2122 1", "SaleTM 1", True),
        ("Sale\u2122 1", "Sale_1", True),
        ("A &amp; B", "A_amp_B", True),
        ("Sale \U0002f800", "Sale ?", True),
        ("<b>Sale</b>", "bSaleb", True),
        ("!!!", "???!!!", True),
        ("!!!", "...", False),
        ("Sale \U0001f600", "Sale ?", True),
        ("Sale \U0001f600", "Sale", True),
        ("x" * 70, "x" * 64, True),
        ("x" * 62 + "e\u0301ab", "x" * 62 + "e", True),
        ("x" * 64 + "1", "x" * 64 + "2", False),
        ("x" * 64, "x" * 70, False),  # nobody makes names longer
        ("Summer sale", "Summer", False),  # and nobody cuts them that short
        ("Sale 1", "Sale 2", False),
        ("\u0141\xf3d\u017a \xd8re", "Lodz Ore", True),
        ("\xc6sop\u2019s \u0153uvre", "AEsop's oeuvre", True),
        ("\u0110or\u0111e \xde\xf3r 1", "Dorde Thor 1", True),
        ("\u0141\xf3d\u017a \xd8re", "?\xf3d? \xd8re", True),  # as Latin-1
        ("\u0141\xf3d\u017a \xd8re", "??d? ?re", True),  # as ASCII
        ("\u0141\xf3d\u017a \xd8re", "?odz ?re", True),  # without accents first
        ("\u0141\xf3d\u017a \xd8re", "d re", True),
        ("\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", "?????? ???", True),
        ("\u041f\u0440\u0438\u0432\u0435\u0442 1", "?????? 2", False),
        ("f\xfcr alle", "f\\u00fcr alle", True),
        ("\u041c\u0438\u0440 \U0001f600", "\\u041c\\u0438\\u0440 \\ud83d\\ude00", True),
        ("f\xfcr alle", "f\\xfcr alle", True),
        ("f\xfcr alle", "f+APw-r alle", True),
        ("f\xfcr \u201cjetzt\u201d", "f\xc3\xbcr \xe2\u20ac\u0153jetzt\xe2\u20ac\x9d", True),
    ],
)
def test_a_server_may_lose_letters_or_cut_a_name(sent: str, kept: str, may_be: bool) -> None:
    assert may_be_stored_as(sent, kept) is may_be


@pytest.mark.parametrize("coding", ["latin-1", "cp1252", "cp437", "mac-roman"])
@pytest.mark.parametrize(
    "name",
    [
        "\u0141\xf3d\u017a \xd8re",
        "f\xfcr \u201cjetzt\u201d",
        "\u041c\u0438\u0440 1",
        "\u590f\u5b63\u4fc3\u9500",
    ],
)
def test_a_name_that_was_read_in_another_coding_is_seen_through(name: str, coding: str) -> None:
    assert may_be_stored_as(name, name.encode().decode(coding, "replace"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u590f\u5b63 2027", "\u51ac\u5b63 2027"),
        ("\u590f\u5b63\u4fc3\u9500", "\u51ac\u5b63\u4fc3\u9500"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", "\u041f\u043e\u043a\u0430"),
    ],
)
def test_names_that_differ_in_letters_a_server_may_lose_are_two(one: str, other: str) -> None:
    assert not may_be_stored_as(one, other)
    assert set(bare_names(one)).isdisjoint(bare_names(other))


@example(name="\u00c2\x80", how="lower-case")
@example(name="\u3200", how="without-marks")
@example(name="\U0001d400", how="three-bytes")
@given(name=st.text(min_size=1), how=st.sampled_from(
    ["sent", "trimmed", "lower-case", "one-blank", "plain-blanks", "nfc", "folded", "cut",
     "three-bytes", "escaped", "percent-encoded", "mis-decoded", "mis-decoded-1252", "latin-1",
     "without-accents", "without-marks", "without-tags"]
))  # fmt: skip
def test_every_way_of_the_sandbox_to_keep_a_name_is_seen_through(name: str, how) -> None:
    assert SandboxSettings(names_kept=how)
    if how in {"without-marks", "without-accents"}:  # of a name of nothing else, the contents tell
        name = f"N1 {name}"
    assert may_be_stored_as(name, kept_name(name, how))
