"""Headings in the user's words: what is known is read and said, what is only like is suggested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import WrongColumns
from loader.offer.schema import FIELDS
from loader.tables.fold_headings import fold
from loader.validation.header import match_columns
from loader.validation.similarity import suggest

NEEDED = ["name", "placement", "type"]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nom de l'offre", "name"),
        ("NOM DE L’OFFRE ", "name"),
        ("Bild-URL", "delivery_url"),
        ("bild url 2", "delivery_url_2"),
        ("Priorité", "priority"),
        ("Priorita\u0308t", "priority"),
        ("Gültig ab:", "start_date"),
        ("Gueltig bis", "end_date"),
        ("Mots-clés", "tags"),
        ("Valid until", "end_date"),
        ("Inhalt (3)", "content_3"),
    ],
)
def test_words_of_three_languages_are_known(heading: str, field: str) -> None:
    assert FIELDS.recognise(heading) == field


@pytest.mark.parametrize("heading", ["Titre", "URL", "Image", "Emplacemnt", "Nom 2", "名前"])
def test_what_may_mean_two_things_or_is_only_like_is_not_read(heading: str) -> None:
    assert FIELDS.recognise(heading) is None


def test_no_word_means_two_fields_or_is_another_fields_name() -> None:
    words = [fold(word) for some in FIELDS.words.values() for word in some]

    assert len(words) == len(set(words))
    assert not set(words) & set(FIELDS.columns)
    assert set(FIELDS.words) == set(FIELDS.columns)
    assert len(FIELDS.synonyms) == len(words)


def test_two_headings_for_one_field_are_refused() -> None:
    with pytest.raises(WrongColumns, match=r"twice: name, in columns A .* and D"):
        match_columns([*NEEDED, "Nom de l'offre"], FIELDS)


def test_each_field_is_suggested_once_for_the_likest_heading() -> None:
    found = suggest(["emplacmnt", "emplacement du", "prioritee"], FIELDS, taken=["name"])

    assert found["prioritee"] == "priority"
    assert sorted(found.values()) == sorted(set(found.values()))
    assert list(found.values()).count("placement") == 1


@given(
    st.lists(st.text(max_size=40), max_size=12), st.sets(st.sampled_from(sorted(FIELDS.columns)))
)
def test_suggestions_are_one_to_one_and_never_of_taken_fields(
    headings: list[str], taken: set[str]
) -> None:
    found = suggest(headings, FIELDS, taken=taken)

    assert set(found) <= set(headings)
    assert len(set(found.values())) == len(found)
    assert not set(found.values()) & taken


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(heading: str) -> None:
    assert fold(fold(heading)) == fold(heading)
