"""Parse the answer to a question; or raise a `ValueError` that says what is expected.

An answer that is not understood is asked again. A dash leaves the thing out or leaves it open,
depending on the question.
"""

from typing import Final

from loader.profile.inference.date_guess import choose_format
from loader.profile.inference.infer import Inference
from loader.profile.inference.questions import NOT_ASKED, SKIP, Answer, Kind, Question
from loader.profile.inference.sample import SampledSheet
from loader.tables.zones import zone_exists
from loader.validation.fields import Fields
from loader.validation.similarity import nearest_of

NOTHING: Final = "-"
_LEAVES_OUT: Final = frozenset({Kind.COLUMN, Kind.VALUE, Kind.ZONE})  # the others stay open


def parse_answer(
    text: str, question: Question, *, sheet: SampledSheet, inference: Inference
) -> Answer:
    """Parse the text that a person typed. Raises `ValueError`."""
    answer = text.strip()
    if answer == NOTHING:
        return Answer() if question.kind in _LEAVES_OUT else NOT_ASKED
    match question.kind:
        case Kind.MISSING:
            return _origin(answer, sheet, inference)
        case Kind.TWICE:
            return Answer(at=_column_in_question(answer, question, sheet))
        case Kind.COLUMN:
            parsed = _field(answer, question, inference, sheet.fields)
        case Kind.VALUE:
            parsed = _word(answer, question)
        case Kind.DATES:
            parsed = choose_format(answer, question.choices, example=question.text)
        case Kind.ZONE:
            parsed = zone_of(answer)
    return Answer(text=parsed)


def field_of(name: str, fields: Fields) -> str:
    """Return the field that a person names. Raises `ValueError`."""
    field = fields.recognise(name)
    if field is None:
        near = nearest_of(name, fields.columns)
        hint = f"did you mean {near}?" if near else f"known: {fields.listed}"
        raise ValueError(f'no field is called "{name}"; {hint}')
    return field


def zone_of(name: str) -> str:
    """Return a time zone that exists. Raises `ValueError`."""
    if not zone_exists(name):
        raise ValueError(f'no time zone is called "{name[:100]}"; a name like Europe/Paris')
    return name


def column_at(name: str, sheet: SampledSheet) -> int:
    """Return the column that a person names. Raises `ValueError`."""
    at = sheet.find(name)
    if at is None:
        near = nearest_of(name, [own for own in sheet.header if own.strip()])
        hint = f'; did you mean "{near}"?' if near else "; its heading or its letter is expected"
        raise ValueError(f'"{name}" is not the name of one column{hint}')
    return at


def _field(name: str, question: Question, inference: Inference, fields: Fields) -> str:
    field = field_of(name, fields)
    if any(origin.at not in question.places for origin in inference.origins.get(field, ())):
        raise ValueError(f"{field} has its column already; another field, or {NOTHING}")
    return field


def _word(answer: str, question: Question) -> str:
    word = answer.casefold()
    if word not in {*question.choices, SKIP}:
        near = nearest_of(answer, question.choices)
        hint = f"did you mean {near}?" if near else f"one of {', '.join(question.choices)}, {SKIP}"
        raise ValueError(f'"{answer}" is none of our words; {hint}')
    return word


def _column_in_question(name: str, question: Question, sheet: SampledSheet) -> int:
    at = column_at(name, sheet)
    if at not in question.places:
        raise ValueError(f"{sheet.place(at)} is none of them")
    return at


def _origin(answer: str, sheet: SampledSheet, inference: Inference) -> Answer:
    if answer.startswith("="):
        text = answer[1:].strip()
        if not text:
            raise ValueError("the text for every row is expected behind =")
        return Answer(text=text)
    at = column_at(answer, sheet)
    if not inference.is_free(at):
        raise ValueError(f"{sheet.place(at)} is another field already")
    return Answer(at=at)
