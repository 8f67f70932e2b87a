"""A first profile of any sheet is a valid profile that decides nothing unsure."""

import tomllib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.errors import WrongColumns
from loader.offer.entity import FALLBACK_OFFER
from loader.offer.schema import FIELDS
from loader.profile.bind import bind
from loader.profile.inference.infer import ask_all
from loader.profile.inference.questions import (
    Answer,
    Certainty,
    Kind,
    Presets,
    Question,
    accept_suggestion,
    leave_open,
)
from loader.profile.inference.sample import SampledSheet
from loader.profile.inference.write_profile import ACCEPTED, profile_text
from loader.profile.model import Profile
from loader.profile.parse import parse_profile
from tests.support.laws import tried

HEADINGS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*FIELDS.columns, *FIELDS.synonyms]),
    st.sampled_from(["Emplacemnt", "Etatt", "Contnt 2", "*", "", "Nom", "attr:Tier", "Date fin."]),
)
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Actif", "ACTIF", "Archivé", "31/01/2026", "01/02/2026", "1.2.26 10:00"]),
)
COLUMNS = st.lists(st.tuples(HEADINGS, st.sets(CELLS, max_size=4)), max_size=7)
NO_PRESETS = Presets()
Columns = Sequence[tuple[str, set[str]]]


def sheet_of(columns: Columns) -> SampledSheet:
    return SampledSheet(
        fields=FIELDS,
        source="export.csv",
        header=tuple(heading for heading, _ in columns),
        values=tuple(tuple(sorted(values)) for _, values in columns),
    )


def text_of(
    columns: Columns,
    answer: Callable[[Question], Answer] = leave_open,
    presets: Presets = NO_PRESETS,
) -> str:
    sheet = sheet_of(columns)
    answers = ask_all(sheet, presets, lambda question, _: answer(question))
    return profile_text(sheet, presets, answers, read_with={})


def active(text: str) -> str:
    """What applies: all but comments."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def profile_of(text: str) -> Profile:
    return parse_profile(tomllib.loads(text), FALLBACK_OFFER.fields, name="export.toml")


def faults(profile: Profile, columns: Columns) -> list[str]:
    try:
        bind(profile, [heading for heading, _ in columns], FIELDS, source="export.csv")
    except WrongColumns as error:
        return [line for line in str(error).split("\n") if line.startswith("  ")]
    return []


@settings(max_examples=tried(60), deadline=None)
@given(COLUMNS)
def test_whatever_the_sheet_holds_the_profile_can_be_read_and_with_yes_lacks_only_what_is_open(
    columns: Columns,
) -> None:
    profile_of(text_of(columns))
    profile = profile_of(text_of(columns, accept_suggestion))

    lacking = faults(profile, columns)

    assert all(fault.startswith(("  missing: ", "  twice: ")) for fault in lacking)


@settings(max_examples=tried(60), deadline=None)
@given(COLUMNS)
def test_nothing_that_is_only_likely_applies_unless_it_is_accepted_and_then_it_says_so(
    columns: Columns,
) -> None:
    sheet = sheet_of(columns)
    likely = [
        question
        for question in ask_all(sheet, Presets(), lambda question, _: accept_suggestion(question))
        if question.can_be_accepted
    ]

    undecided, taken = text_of(columns), text_of(columns, accept_suggestion)

    assert ACCEPTED not in undecided
    assert ".values." not in active(undecided)
    assert taken.count(ACCEPTED) == len(likely)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"31/01/2026", "01/02/2026"}, 'date_format = "DD/MM/YYYY" #'),
        ({"01.31.2026"}, 'date_format = "MM.DD.YYYY" #'),
        ({"31/01/26", "15/02/26"}, 'date_format = "DD/MM/YY" #'),
        ({"31/01/26"}, '# ? date_format = "DD/MM/YY"'),  # or 26 January 2031
        ({"26/01/31", "26/02/28", "26/12/24"}, '# ? date_format = "YY/MM/DD"'),
        ({"99.12.31", "01.02.03"}, 'date_format = "YY.MM.DD" #'),
        ({"31/01/2026 10:30", "01/02/2026"}, 'date_format = "DD/MM/YYYY HH:mm" #'),
        ({"1/31/2026 9:30 PM"}, 'date_format = "MM/DD/YYYY h:mm AM/PM" #'),
        ({"1 février 2026", "2 März 2026"}, 'date_format = "D MMMM YYYY" #'),
        ({"31/01/2026", "sans fin"}, 'date_format = "DD/MM/YYYY" #'),
        ({"01/02/2026"}, '# ? date_format = "DD/MM/YYYY"'),
        ({"31/01/2026", "01/31/2026"}, '# ? date_format = "MM/DD/YYYY"'),
        ({"le 3 mai"}, '# ? date_format = "DD/MM/YYYY"'),
    ],
)
@pytest.mark.parametrize("answer", [accept_suggestion, leave_open])
def test_how_dates_are_written_is_read_from_them_or_left_to_a_person(
    dates: set[str], said: str, answer: Callable[[Question], Answer]
) -> None:
    text = text_of([("name", {"A"}), ("Valid from", dates)], answer)

    assert any(line.startswith(said) for line in text.splitlines())


def test_a_year_of_two_digits_comes_last_where_another_column_shows_that() -> None:
    starts, ends = {"01.03.26", "15.04.26"}, {"31.12.26"}  # or 26 December 2031

    text = text_of([("name", {"A"}), ("start", starts), ("end", ends)], leave_open)

    assert profile_of(text).date_format == "DD.MM.YY"


def test_a_column_that_another_one_could_explain_is_still_not_decided_by_yes() -> None:
    columns = [("name", {"A"}), ("start", {"31/01/2026"}), ("end", {"01/02/2026"})]
    asked: list[Question] = []

    text = text_of(columns, lambda question: asked.append(question) or accept_suggestion(question))
    answered = text_of(columns, presets=Presets(date_format="day-first"))

    assert [each.suggestion for each in asked if each.kind is Kind.DATES] == ["DD/MM/YYYY"]
    assert 'start_date.date_format = "DD/MM/YYYY"' in active(text)
    assert "end_date.date_format" not in active(text)
    assert profile_of(answered).date_format == "DD/MM/YYYY"


def test_what_is_only_like_is_a_question_and_what_is_unknown_is_not_read() -> None:
    columns = [(heading, {"x"}) for heading in ("Emplacemnt", "Farbe", "Name")]

    text = text_of(columns)

    assert '# ? placement = "Emplacemnt"' in text.splitlines()
    assert (
        f'placement = "Emplacemnt" # {ACCEPTED}' in text_of(columns, accept_suggestion).splitlines()
    )
    assert 'ignore = ["Farbe"]' in text
    assert 'name = "Name"' in text.splitlines()


def test_an_answer_may_bring_more_questions_and_each_is_asked_once() -> None:
    asked: list[Question] = []

    def answer(question: Question) -> Answer:
        asked.append(question)
        return (
            Answer(text="status") if question.kind is Kind.COLUMN else accept_suggestion(question)
        )

    text = text_of([("name", {"A"}), ("placement", {"B"}), ("Statuss", {"Actif"})], answer)

    kinds = [question.kind for question in asked]
    assert kinds == [Kind.COLUMN, Kind.MISSING, Kind.VALUE]
    assert 'status.from = "Statuss"' in active(text)
    assert f'status.values."Actif" = "approved" # {ACCEPTED}' in text


def test_a_column_named_star_does_not_make_every_column_ignored() -> None:
    profile = profile_of(text_of([("name", {"A"}), ("*", {"x"}), ("Farbe", {"y"})]))

    assert profile.ignore == ("column B", "Farbe")


def test_what_was_said_before_stands_and_is_not_asked() -> None:
    columns = [("Nom", {"a"}), ("Titre", {"b"}), ("fin", {"01/02/2026"})]
    asked: list[Question] = []

    text = text_of(
        columns,
        lambda question: asked.append(question) or leave_open(question),
        Presets(
            columns={"name": 1},
            constants={"placement": "Web banner", "content": "x"},
            date_format="DD/MM/YYYY",
            zone="Europe/Paris",
        ),
    )

    profile = profile_of(text)
    assert asked == []
    assert profile.fields["name"].sources == ("Titre",)
    assert profile.fields["placement"].constant == "Web banner"
    assert (profile.date_format, profile.zone) == ("DD/MM/YYYY", "Europe/Paris")
    assert profile.ignore == ("Nom",)
    assert "# ?" not in text


def test_a_word_may_mean_that_the_row_is_no_offer() -> None:
    text = text_of(
        [("name", {"A"}), ("Etat", {"Archivé", "Actif"})],
        lambda question: Answer(
            text={"Archivé": "skip", "Actif": "approved"}.get(question.text, ""),
            certainty=Certainty.SURE if question.kind is Kind.VALUE else Certainty.OPEN,
        ),
    )

    profile = profile_of(text)
    assert [(rule.column, rule.equals) for rule in profile.skip] == [("Etat", ("Archivé",))]
    assert dict(profile.fields["status"].values) == {"Actif": "approved"}


def test_one_column_may_be_two_fields_and_each_has_its_own_words() -> None:
    columns = [("name", {"A"}), ("Art", {"Bild", "Aktiv"})]

    text = text_of(columns, accept_suggestion, Presets(columns={"status": 1, "type": 1}))

    fields = profile_of(text).fields
    assert dict(fields["status"].values) == {"Aktiv": "approved"}
    assert dict(fields["type"].values) == {"Bild": "image"}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ([("offer_no", {"1001", "1002"}), ("offer", {"Free shipping", "10 % off"})],
         {"external_id": "offer_no", "name": "offer"}),
        ([("Angebotsnr", {"A-1", "A-2"}), ("Angebot", {"Versand", "Rabatt"})],
         {"external_id": "Angebotsnr", "name": "Angebot"}),
        ([("Offer nam", {"1001", "1002"}), ("Price", {"1.5", "2.5"})],
         {"external_id": "Offer nam"}),
        ([("Offer nam", {"Free shipping", "10 % off"}), ("Text", {"abc", "def"})],
         {"name": "Offer nam"}),
        ([("Kampagne", {"Sommer", "Winter"}), ("Thema", {"Meer", "Schnee"})], {}),
        ([("HTML", {"<b>x</b>", "<i>y</i>"}), ("Link", {"https://a.example", "https://b.example"})],
         {"link_url": "Link"}),
    ],
)  # fmt: skip
def test_values_decide_beside_headings_which_column_is_the_name(
    columns: Columns, fields: dict[str, str]
) -> None:
    written = tomllib.loads(text_of(columns, accept_suggestion)).get("fields", {})

    assert written == fields
