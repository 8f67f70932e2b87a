"""What differs between two texts is marked, and everything of a short text is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.web.text_difference import Piece, difference


def said(pieces: list[Piece]) -> str:
    return "".join(f"[{each.text}]" if each.differs else each.text for each in pieces)


@pytest.mark.parametrize(
    ("before", "after", "was", "will_be"),
    [
        (None, "New", "", "[New]"),
        ("Gone", None, "[Gone]", ""),
        ("", "New", "", "[New]"),
        ("Sale ends Friday", "Sale ends on Monday", "Sale ends [Friday]", "Sale ends [on Monday]"),
        ("<p>Hi</p>", "<p>Hi there</p>", "<p>Hi</p>", "<p>Hi [there]</p>"),
        ("gold", "silver", "[gold]", "[silver]"),
        ("Sale", "Sale\u00a0", "Sale", "Sale[\\u00A0]"),
        ("same", "same", "same", "same"),
    ],
)
def test_what_differs_is_marked(
    before: str | None, after: str | None, was: str, will_be: str
) -> None:
    found = difference(before, after)

    assert (said([*found.before]), said([*found.after])) == (was, will_be)


def test_a_long_text_shows_what_is_near_to_a_difference() -> None:
    words = " ".join(f"word{n}" for n in range(300))

    found = difference(words, words.replace("word150", "other"))

    text = said([*found.after])
    assert len(text) < 150
    assert " word149 [other] word151 " in text
    assert text.startswith(" … ")
    assert text.endswith(" … ")


def test_texts_without_anything_in_common_are_shown_without_the_middle() -> None:
    found = difference("a" * 5_000, "b" * 5_000)

    assert [each.differs for each in (*found.before, *found.after)] == [True, True]
    assert all(len(each.text) < 700 for each in (*found.before, *found.after))


TEXT = st.text(st.sampled_from("ab <>\n\u00e9"), max_size=60)


@given(before=TEXT, after=TEXT)
def test_short_texts_are_shown_whole_whatever_they_are(before: str, after: str) -> None:
    found = difference(before, after)

    assert "".join(each.text for each in found.before) == before
    assert "".join(each.text for each in found.after) == after
    if before == after:
        assert not any(each.differs for each in found.after)
