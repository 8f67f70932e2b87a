"""Questions to the person at the terminal about what is not certain in a foreign sheet.

Enter takes the answer in brackets; an answer that is not understood is asked for again. Questions
go to standard error.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import click

from loader.cli.output.terminal import echo_err, on_one_line
from loader.profile.inference.answers import NOTHING, parse_answer
from loader.profile.inference.date_guess import orders_of, spell_date
from loader.profile.inference.infer import Inference
from loader.profile.inference.questions import SKIP, Answer, Kind, Question
from loader.profile.inference.sample import SampledSheet

_START: Final = (
    f"A few things are not sure. Enter takes what is in [brackets], {NOTHING} leaves a thing"
    " out. The mapping is written after the last answer; Ctrl-C ends without one."
)
_LONGEST: Final = 40
_EXAMPLES: Final = 3
_MOST_COLUMNS: Final = 20


class Prompter:
    """Asks the person at the terminal."""

    def __init__(self, sheet: SampledSheet) -> None:
        self._sheet = sheet
        self._asked = False

    def answer(self, question: Question, now: Inference) -> Answer:
        """Ask until the answer can be understood."""
        if not self._asked:
            self._asked = True
            echo_err(_START)
        echo_err("")
        echo_err(on_one_line(question_text(question, self._sheet)))
        for hint in _hints(question, self._sheet, now):
            echo_err(f"  {on_one_line(hint)}")
        default = question.suggestion or ("" if question.kind is Kind.DATES else NOTHING)
        while True:
            typed = click.prompt("  answer", default=default, show_default=bool(default), err=True)
            try:
                return parse_answer(typed, question, sheet=self._sheet, inference=now)
            except ValueError as error:
                echo_err(f"  {on_one_line(str(error))}")


def question_text(question: Question, sheet: SampledSheet) -> str:
    """Say what has to be decided."""
    where = _capital(_listed([sheet.place(at) for at in question.places]))
    match question.kind:
        case Kind.TWICE:
            return f"{where}: each heading means {question.field}. Which column is it?"
        case Kind.COLUMN:
            like = (
                f"is it {_field_in_words(question.suggestion, sheet)}?"
                if question.suggestion
                else "which field is it?"
            )
            return f"{where}, with {_examples(sheet, question.places[0])}: {like}"
        case Kind.MISSING:
            return f"No column holds {_field_in_words(question.field, sheet)}. Where is it?"
        case Kind.VALUE:
            return f'{where}: what does "{_short(question.text)}" mean as {question.field}?'
        case Kind.DATES:
            return f"{where}: {_date_readings(question)}"
        case Kind.ZONE:
            return f"{where}: in which time zone are these dates?"


def deciding_option(question: Question, sheet: SampledSheet) -> str:
    """Say which option decides it, or that the file does."""
    match question.kind:
        case Kind.TWICE | Kind.COLUMN:
            field = question.field or question.suggestion or "FIELD"
            return f"--column {field}={_letters(sheet, question.places[0])}"
        case Kind.MISSING:
            return f"--column {question.field}=HEADING, or --constant {question.field}=TEXT"
        case Kind.VALUE:
            meaning = question.suggestion or f"one of {', '.join(question.choices)}"
            return f"{meaning}: in the file"
        case Kind.DATES:
            ways = [f"--date-format {way}" for way in orders_of(question.choices)]
            return ", or ".join(ways) or "--date-format FORMAT"
        case Kind.ZONE:
            return "--zone Europe/Paris, for example; else it is UTC"


def _hints(question: Question, sheet: SampledSheet, now: Inference) -> Iterator[str]:
    match question.kind:
        case Kind.TWICE:
            yield from _columns(sheet, question.places)
            yield f"the letter of the column; {NOTHING} leaves it open"
        case Kind.COLUMN:
            yield f"the name of another field, if it is one; {NOTHING}: it is not read"
        case Kind.MISSING:
            yield from _columns(sheet, [at for at in range(len(sheet.header)) if now.is_free(at)])
            yield f"a column, or = and the text for every row; {NOTHING} leaves it open"
        case Kind.VALUE:
            words = ", ".join(question.choices)
            yield f"{words}; {SKIP}: such rows are no offers; {NOTHING}: such rows are errors"
        case Kind.DATES:
            yield f"{_format_choices(question)}; {NOTHING} leaves it open"
        case Kind.ZONE:
            yield f"a name like Europe/Paris; {NOTHING}: what the run says, else UTC"


def _columns(sheet: SampledSheet, places: Sequence[int]) -> Iterator[str]:
    for at in places[:_MOST_COLUMNS]:
        yield f"{sheet.place(at)}, with {_examples(sheet, at)}"
    if len(places) > _MOST_COLUMNS:
        yield "…"


def _field_in_words(field: str, sheet: SampledSheet) -> str:
    return f"{field} ({sheet.fields.facts_of(field).expected})"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _date_readings(question: Question) -> str:
    readings = [spell_date(text, question.text) for text in question.choices]
    if len(set(readings)) == 2 and all(readings):
        return f'is "{question.text}" {" or ".join(dict.fromkeys(readings))}?'
    return f'how is "{_short(question.text)}" written?'


def _format_choices(question: Question) -> str:
    by_letter = {"D": "day", "M": "month"}
    words = [
        f"{by_letter[text[0]]}: {spell_date(text, question.text) or text}"
        for text in question.choices
        if text[0] in by_letter
    ]
    return "; ".join([*words, "or a format like DD/MM/YYYY"])


def _examples(sheet: SampledSheet, at: int) -> str:
    values = [f'"{_short(value)}"' for value in islice(sheet.values[at], _EXAMPLES)]
    more = ", …" if len(sheet.values[at]) > _EXAMPLES else ""
    return f"{', '.join(values)}{more}" if values else "nothing in any row"


def _letters(sheet: SampledSheet, at: int) -> str:
    return sheet.place(at).split(" ")[1]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
