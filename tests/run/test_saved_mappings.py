"""Mappings that were saved: found again by headings, recalled for what is new."""

from dataclasses import replace
from pathlib import Path

from loader.offer.schema import FIELDS
from loader.profile.file import read_profile
from loader.profile.inference.infer import ask_all, infer
from loader.profile.inference.questions import SKIP, Answer, Kind, Presets, Question
from loader.profile.inference.sample import SampledSheet
from loader.run.mapping.saved_mappings import Recalled, find_mapping, recall, save_mapping

SHEET = SampledSheet(
    source="/somewhere/Export März.xlsx",
    fields=FIELDS,
    header=("Offer title", "Slot", "Statut", "Text", "Notes", "From"),
    values=(("A", "B"), ("Web banner",), ("Actif", "Archivé"), ("x",), (), ("01/02/2026",)),
)
CHOSEN = Presets(
    columns={"name": 0, "placement": 1, "status": 2, "content": 3, "start_date": 5},
    constants={"type": "html"},
    unread=frozenset({4}),
    zone="Europe/Paris",
)


def answer(question: Question, _now: object) -> Answer:
    match question.kind:
        case Kind.VALUE:
            return Answer(text=SKIP if question.text == "Archivé" else question.suggestion)
        case _:
            return Answer(text="DD/MM/YYYY")


def saved(folder: Path, sheet: SampledSheet = SHEET, presets: Presets = CHOSEN) -> Path:
    answers = ask_all(sheet, presets, answer)
    return save_mapping(folder, sheet, presets, answers)


def test_the_same_headings_find_what_was_saved(tmp_path: Path) -> None:
    path = saved(tmp_path)

    assert find_mapping(tmp_path, SHEET.header, FIELDS) == path
    assert find_mapping(tmp_path, [*SHEET.header, "Owner"], FIELDS) is None
    assert path.name.startswith("Export-März-")
    assert "/somewhere" not in path.read_text("utf-8")


def test_a_mapping_of_the_page_says_what_was_chosen(tmp_path: Path) -> None:
    profile = read_profile(saved(tmp_path), FIELDS)

    assert profile.fields["status"].values == {"Actif": "approved"}
    assert profile.skip[0].equals == ("Archivé",)
    assert profile.fields["type"].constant == "html"
    assert (profile.ignore, profile.zone, profile.date_format) == (
        *(("Notes",), "Europe/Paris", "DD/MM/YYYY"),
    )


def test_a_column_that_is_left_out_stays_out_whatever_its_heading_says(tmp_path: Path) -> None:
    sheet = replace(SHEET, header=("name", "placement", "status", "content", "Notes", "start_date"))
    presets = replace(CHOSEN, unread=frozenset({2, 4}), columns={"name": 0, "placement": 1})

    found = infer(sheet, presets, {})

    assert "status" not in found.origins
    assert found.unread == (2, 4)


def test_with_new_headings_only_these_are_asked_about(tmp_path: Path) -> None:
    saved(tmp_path)
    sheet = replace(
        SHEET,
        header=("Owner", *SHEET.header[:2], "Descripton", *SHEET.header[2:]),
        values=(("Kim",), *SHEET.values[:2], ("d",), *SHEET.values[2:]),
    )

    known = recall(tmp_path, sheet)
    answers = ask_all(sheet, known.presets, known.answer)
    found = infer(sheet, known.presets, answers)

    assert {field: each[0].at for field, each in found.origins.items()} == {
        "name": 1,
        "placement": 2,
        "description": 3,
        "status": 4,
        "content": 5,
        "start_date": 7,
        "type": None,
    }
    assert [each.kind for each in answers] == [Kind.COLUMN, Kind.VALUE, Kind.VALUE]
    assert {each.text: said.text for each, said in answers.items() if each.text} == {
        "Actif": "approved",
        "Archivé": SKIP,
    }
    assert found.zone == "Europe/Paris"


def test_a_mapping_of_other_headings_is_not_recalled(tmp_path: Path) -> None:
    saved(tmp_path)

    assert recall(tmp_path, replace(SHEET, header=tuple("ABCDEF"))) == Recalled()


def test_a_saved_mapping_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    saved(tmp_path).write_text("nonsense [", "utf-8")

    assert find_mapping(tmp_path, SHEET.header, FIELDS) is None
    assert find_mapping(tmp_path / "none", SHEET.header, FIELDS) is None
