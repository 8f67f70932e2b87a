"""Parse the answer to a question; or raise a `ValueError` that says what is expected.

An answer that is not understood is asked again. A dash leaves the thing out or leaves it open,
depending on the question.
"""

from typing import Final

from loader.profile.inference.date_guess import chosen_format
from loader.profile.inference.infer import Inference
from loader.profile.inference.questions import NOT_ASKED, SKIP, Answer, Kind, Question
from loader.profile.inference.sample import SampledSheet
from loader.tables.zones import zone_exists
from loader.validation.fields import Fields
from loader.validation.similarity import nearest_of

NOTHING: Final = "-"
_LEAVES_OUT: Final = frozenset({Kind.COLUMN, Kind.VALUE, Kind.ZONE})  # the others stay open


def understood(text: str, question: Question, *, sheet: SampledSheet, now: Inference) -> Answer:
    """Return the answer that `text` is. Raises `ValueError`."""
    said = text.strip()
    if said == NOTHING:
        return Answer() if question.kind in _LEAVES_OUT else NOT_ASKED
    match question.kind:
        case Kind.MISSING:
            return _origin(said, sheet, now)
        case Kind.TWICE:
            return Answer(at=_one_of(said, question, sheet))
        case Kind.COLUMN:
            meant = _field(said, question, now, sheet.fields)
        case Kind.VALUE:
            meant = _word(said, question)
        case Kind.DATES:
            meant = chosen_format(said, question.choices, example=question.text)
        case Kind.ZONE:
            meant = zone_of(said)
    return Answer(text=meant)


def field_of(said: str, fields: Fields) -> str:
    """Return the field that a person names. Raises `ValueError`."""
    field = fields.recognise(said)
    if field is None:
        near = nearest_of(said, fields.columns)
        hint = f"did you mean {near}?" if near else f"known: {fields.listed}"
        raise ValueError(f'no field is called "{said}"; {hint}')
    return field


def zone_of(said: str) -> str:
    """Return a time zone that exists. Raises `ValueError`."""
    if not zone_exists(said):
        raise ValueError(f'no time zone is called "{said[:100]}"; a name like Europe/Paris')
    return said


def column_at(said: str, sheet: SampledSheet) -> int:
    """Return the column that a person names. Raises `ValueError`."""
    at = sheet.find(said)
    if at is None:
        near = nearest_of(said, [own for own in sheet.header if own.strip()])
        hint = f'; did you mean "{near}"?' if near else "; its heading or its letter is expected"
        raise ValueError(f'"{said}" is not the name of one column{hint}')
    return at


def _field(said: str, question: Question, now: Inference, fields: Fields) -> str:
    field = field_of(said, fields)
    if any(origin.at not in question.places for origin in now.origins.get(field, ())):
        raise ValueError(f"{field} has its column already; another field, or {NOTHING}")
    return field


def _word(said: str, question: Question) -> str:
    word = said.casefold()
    if word not in {*question.choices, SKIP}:
        near = nearest_of(said, question.choices)
        hint = f"did you mean {near}?" if near else f"one of {', '.join(question.choices)}, {SKIP}"
        raise ValueError(f'"{said}" is none of our words; {hint}')
    return word


def _one_of(said: str, question: Question, sheet: SampledSheet) -> int:
    at = column_at(said, sheet)
    if at not in question.places:
        raise ValueError(f"{sheet.place(at)} is none of them")
    return at


def _origin(said: str, sheet: SampledSheet, now: Inference) -> Answer:
    if said.startswith("="):
        text = said[1:].strip()
        if not text:
            raise ValueError("the text for every row is expected behind =")
        return Answer(text=text)
    at = column_at(said, sheet)
    if not now.free(at):
        raise ValueError(f"{sheet.place(at)} is another field already")
    return Answer(at=at)
