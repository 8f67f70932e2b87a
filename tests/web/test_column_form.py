"""The form that asks what the columns of a foreign sheet are."""

from itertools import chain

from loader.offer.schema import FIELDS
from loader.profile.inference.questions import SKIP, Presets
from loader.profile.inference.sample import SampledSheet
from loader.run.mapping.saved_mappings import Recalled
from loader.web.column_form import ColumnForm, column_form, field_choices

SHEET = SampledSheet(
    source="Export.xlsx",
    fields=FIELDS,
    header=("Offer name", "Slot", "State", "Text", "Owner", "Live from"),
    values=(
        *(("A", "B", "C", "D"), ("Web banner",), ("Aktiv", "Archiviert"), ("x",), ("Kim",)),
        ("01/02/2026",),
    ),
)
CHOSEN = {
    "column:0": "name",
    "column:1": "placement",
    "column:2": "status",
    "column:3": "content",
    "column:4": "",
    "column:5": "start_date",
}
ASKED = {
    "word:status:2:Aktiv": "approved",
    "word:status:2:Archiviert": SKIP,
    "dates:5": "DD/MM/YYYY",
    "zone": "Europe/Paris",
}


def form(said: dict[str, str] | None = None, known: Recalled | None = None) -> ColumnForm:
    return column_form(SHEET, known or Recalled(), said)


def test_at_first_it_shows_what_is_likely_and_what_is_new() -> None:
    shown = form()

    assert [(each.letters, each.field, each.is_new) for each in shown.columns] == [
        *(("A", "name", False), ("B", "", True), ("C", "status", False)),
        *(("D", "", True), ("E", "", True), ("F", "start_date", True)),
    ]
    assert shown.columns[0].samples == ("A", "B", "C")
    assert shown.missing == ("placement", "content")
    assert not shown.is_complete


def test_choices_lead_to_what_has_to_be_known_next() -> None:
    shown = form(CHOSEN)

    [words] = shown.words
    assert [(each.text, each.meaning, each.is_likely) for each in words.words] == [
        ("Aktiv", "approved", True),
        ("Archiviert", "", False),
    ]
    [dates] = shown.dates
    assert (dates.example, dates.choices) == (
        *("01/02/2026",),
        (("DD/MM/YYYY", "1 February 2026"), ("MM/DD/YYYY", "2 January 2026")),
    )
    assert (shown.asks_zone, shown.faults, shown.is_complete) == (True, (), False)


def test_when_all_is_said_a_mapping_can_be_made_of_it() -> None:
    shown = form(CHOSEN | ASKED)

    assert (shown.faults, shown.is_complete) == ((), True)
    assert shown.presets.columns["placement"] == 1
    assert shown.presets.unread == {4}
    assert shown.presets.zone == "Europe/Paris"


def test_what_is_missing_is_said_and_can_be_the_same_text_in_every_row() -> None:
    without = {**CHOSEN, **ASKED, "column:1": ""}

    missing = form(without)
    given = form({**without, "constant:placement": " Web banner "})

    assert missing.missing == ("placement",)
    assert [(each.key, each.name) for each in missing.faults] == [("constant:placement", "missing")]
    assert (given.is_complete, given.constants) == (True, {"placement": "Web banner"})


def test_wrong_answers_are_named() -> None:
    said = {**CHOSEN, **ASKED, "column:4": "name", "zone": "Nowhere/None", "dates:5": "YYYY"}

    shown = form(said)

    assert [(each.key, each.name) for each in shown.faults] == [
        *[("column:4", "twice"), ("zone", "zone"), ("dates:5", "dates")],
    ]
    assert not shown.is_complete


def test_a_field_that_does_not_exist_is_not_taken() -> None:
    shown = form(
        {**CHOSEN, **ASKED, "column:4": "nonsense", "more:field": "../x", "more:text": "y"}
    )

    assert (shown.is_complete, shown.constants) == (True, {})
    assert shown.presets.unread == {4}


def test_what_an_earlier_mapping_says_is_not_asked_again() -> None:
    known = Recalled(
        presets=Presets(
            columns={"name": 0, "placement": 1, "status": 2, "content": 3, "start_date": 5},
            unread=frozenset({4}),
            date_format="DD/MM/YYYY",
            zone="UTC",
        ),
        words={("status", "aktiv"): "approved", ("status", "archiviert"): SKIP},
    )

    shown = form(known=known)

    assert not any(each.is_new for each in shown.columns)
    assert shown.dates == ()
    assert [each.meaning for each in shown.words[0].words] == ["approved", SKIP]


def test_further_contents_and_attributes_can_be_chosen() -> None:
    choices = dict(chain.from_iterable(field_choices(SHEET)))

    assert (choices["placement"], choices["content_2"]) == ("Placement", "Content 2")
    assert form({**CHOSEN, **ASKED, "column:4": "attr:Owner"}).presets.columns["attr:Owner"] == 4
