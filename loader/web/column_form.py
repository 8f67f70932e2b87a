"""The form that asks what the columns of a foreign sheet are: what it shows, and its answers.

    the sheet + what earlier mappings say, or the answers of the form -> what to show, what is wrong

The inference is that of `loader mapping`. A column that the form names is what the person chose;
what the choices lead to (the words of a status, the order of day and month) is asked next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from loader.profile.inference.answers import zone_of
from loader.profile.inference.date_guess import choose_format, spell_date
from loader.profile.inference.infer import Inference, ask_all, infer
from loader.profile.inference.questions import (
    NOT_ASKED,
    SKIP,
    Answer,
    Answers,
    Certainty,
    Kind,
    Presets,
    Question,
)
from loader.profile.inference.sample import SampledSheet
from loader.run.mapping.saved_mappings import Recalled
from loader.tables.addresses import column_letters, short_heading
from loader.validation.fields import ATTRIBUTE_PREFIX, Fields, numbered

FormData = Mapping[str, str]  # what the person filled in, by the name of the control
_CONSTANT: Final = "constant:"
_SAMPLES: Final = 3
_LONGEST_SAMPLE: Final = 60
_MOST_GROUPS: Final = 3  # contents of an offer that can be chosen; more if the sheet has them
_LONGEST_CONSTANT: Final = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """One column: what it is called, examples of its cells, and the field that it is, "" for none.

    `attribute` is what it is called as an attribute of the offer; "" where it cannot be one.
    """

    key: str
    letters: str
    heading: str
    samples: tuple[str, ...]
    field: str
    attribute: str
    is_likely: bool  # the field is a suggestion
    is_new: bool  # no earlier mapping and no known heading says what it is


@dataclass(frozen=True, slots=True, kw_only=True)
class WordChoice:
    """One word of the person, and what it may mean of ours."""

    key: str
    text: str
    choices: tuple[str, ...]
    meaning: str
    is_likely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one column."""

    heading: str
    field: str
    words: tuple[WordChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateChoice:
    """How the dates of some columns are written: each format with the day that it makes of one."""

    key: str
    headings: tuple[str, ...]
    example: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with an answer: the control, and the name of the message."""

    key: str
    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnForm:
    """The form, and the parts of a mapping once nothing is left to ask."""

    columns: tuple[ColumnChoice, ...]
    words: tuple[Words, ...]
    dates: tuple[DateChoice, ...]
    asks_zone: bool
    zone: str
    missing: tuple[str, ...]  # fields that no column and no constant says
    constants: Mapping[str, str]
    faults: tuple[Fault, ...]
    is_complete: bool  # the person has seen and answered all of it
    presets: Presets
    answers: Answers


def column_form(
    sheet: SampledSheet, known: Recalled, form_data: FormData | None = None
) -> ColumnForm:
    """Return the form for a sheet; None: nothing is filled in yet."""
    return _FormBuilder(sheet, known, form_data).build()


def field_choices(sheet: SampledSheet) -> list[list[tuple[str, str]]]:
    """Return the groups of fields that a column may be, with titles: one for each content."""
    fields = sheet.fields
    used = [fields.recognise(heading) for heading in sheet.header]
    highest = max((fields.group_of(field) or 1 for field in used if field), default=1)
    further = range(2, max(_MOST_GROUPS, highest) + 1)
    groups = [
        list(fields.columns),
        *([numbered(name, number) for name in fields.repeated] for number in further),
    ]
    return [[(name, title_of(name, fields)) for name in names] for names in groups]


def title_of(field: str, fields: Fields) -> str:
    """Return the title of a field: "Placement 2"."""
    if field.startswith(ATTRIBUTE_PREFIX):
        return field.removeprefix(ATTRIBUTE_PREFIX)
    title = str(fields.column_of(field).title or field)
    number = fields.group_of(field) or 1
    return title if number == 1 else f"{title} {number}"


class _FormBuilder:
    """Builds one form."""

    def __init__(self, sheet: SampledSheet, known: Recalled, form_data: FormData | None) -> None:
        self._sheet = sheet
        self._known = known
        self._form_data = form_data
        self._faults: list[Fault] = []
        self._is_incomplete = form_data is None

    def build(self) -> ColumnForm:
        presets = self._known.presets if self._form_data is None else self._presets(self._form_data)
        answers = ask_all(self._sheet, presets, self._answer)
        found = infer(self._sheet, presets, answers)
        missing = [each.field for each in answers if each.kind is Kind.MISSING]
        missing = [field for field in missing if field not in found.origins]
        if self._form_data is not None:
            self._faults += [self._fault(f"constant:{f}", "missing", f) for f in missing]
        return ColumnForm(
            columns=tuple(self._columns(found)),
            words=tuple(self._words(answers)),
            dates=tuple(self._dates(answers)),
            asks_zone=bool(found.zone) or any(each.kind is Kind.ZONE for each in answers),
            zone=found.zone or (self._form_data or {}).get("zone", ""),
            missing=tuple(missing),
            constants=presets.constants,
            faults=tuple(self._faults),
            is_complete=not (self._is_incomplete or self._faults),
            presets=presets,
            answers=answers,
        )

    def _presets(self, form_data: FormData) -> Presets:
        columns: dict[str, int] = {}
        for at in range(len(self._sheet.header)):
            field = form_data.get(f"column:{at}", "")
            if not self._is_field(field):
                continue
            if field in columns:
                self._faults.append(self._fault(f"column:{at}", "twice", field))
                continue
            columns[field] = at
        named = set(columns.values())
        zone = form_data.get("zone", "").strip()
        if zone and not _is_zone(zone):
            self._faults.append(Fault(key="zone", name="zone", values={"zone": zone[:100]}))
            zone = ""
        return Presets(
            columns=columns,
            constants=self._constants(form_data, columns),
            unread=frozenset(range(len(self._sheet.header))) - named,
            zone=zone or None,
            date_format=self._known.presets.date_format,
        )

    def _constants(self, form_data: FormData, columns: Mapping[str, int]) -> dict[str, str]:
        given = {
            key.removeprefix(_CONSTANT): text
            for key, text in form_data.items()
            if key.startswith(_CONSTANT)
        }
        if form_data.get("more:field"):
            given[form_data["more:field"]] = form_data.get("more:text", "")
        return {
            field: text.strip()
            for field, text in given.items()
            if self._is_field(field)
            and field not in columns
            and 0 < len(text.strip()) <= _LONGEST_CONSTANT
        }

    def _answer(self, question: Question, now: Inference) -> Answer:
        form_data = self._form_data
        if form_data is None or question.kind is Kind.MISSING:
            return self._known.answer(question, now)
        key = _key(question)
        if key not in form_data:
            self._is_incomplete = True
            return self._known.answer(question, now)
        text = form_data[key].strip()
        match question.kind:
            case Kind.VALUE:
                return Answer(text=text if text in {*question.choices, SKIP} else "")
            case Kind.DATES:
                return self._date_format(question, text)
            case _:
                return Answer()  # a zone that is blank, or was refused

    def _date_format(self, question: Question, text: str) -> Answer:
        try:
            meant = choose_format(text, question.choices, example=question.text) if text else ""
        except ValueError:
            meant = ""
        if not meant:
            values = {"example": question.text}
            self._faults.append(Fault(key=_key(question), name="dates", values=values))
            return NOT_ASKED
        return Answer(text=meant)

    def _columns(self, found: Inference) -> Iterator[ColumnChoice]:
        fields: dict[int, str] = {}
        likely: set[int] = set()
        for name, origins in found.origins.items():
            at = origins[0].at  # of several, the first one is proposed
            if at is not None:
                fields[at] = name
                likely |= {at} if origins[0].certainty is not Certainty.SURE else set()
        recalled = {*self._known.presets.columns.values(), *self._known.presets.unread}
        for at, heading in enumerate(self._sheet.header):
            is_known = at in recalled or self._sheet.fields.recognise(heading) is not None
            yield ColumnChoice(
                key=f"column:{at}",
                letters=column_letters(at),
                heading=short_heading(heading),
                samples=tuple(map(_short, self._sheet.values[at][:_SAMPLES])),
                field=fields.get(at, ""),
                attribute=self._sheet.fields.recognise(f"{ATTRIBUTE_PREFIX}{heading}") or "",
                is_likely=at in likely,
                is_new=not is_known,
            )

    def _words(self, answers: Answers) -> Iterator[Words]:
        columns: dict[tuple[str, int], list[WordChoice]] = {}
        for question, answer in answers.items():
            if question.kind is Kind.VALUE:
                columns.setdefault((question.field, question.places[0]), []).append(
                    WordChoice(
                        key=_key(question),
                        text=question.text,
                        choices=question.choices,
                        meaning=answer.text,
                        is_likely=answer.certainty is Certainty.ACCEPTED,
                    )
                )
        for (field, at), words in columns.items():
            yield Words(heading=self._heading(at), field=field, words=tuple(words))

    def _dates(self, answers: Answers) -> Iterator[DateChoice]:
        for question, answer in answers.items():
            if question.kind is Kind.DATES:
                days = [(text, spell_date(text, question.text)) for text in question.choices]
                yield DateChoice(
                    key=_key(question),
                    headings=tuple(map(self._heading, question.places)),
                    example=question.text,
                    choices=tuple((text, day) for text, day in days if day),
                    chosen=answer.text or question.suggestion,
                )

    def _heading(self, at: int) -> str:
        return short_heading(self._sheet.header[at]) or column_letters(at)

    def _is_field(self, text: str) -> bool:
        return bool(text) and self._sheet.fields.recognise(text) == text

    def _fault(self, key: str, name: str, field: str) -> Fault:
        return Fault(key=key, name=name, values={"field": title_of(field, self._sheet.fields)})


def _key(question: Question) -> str:
    at = question.places[0] if question.places else 0
    match question.kind:
        case Kind.VALUE:
            return f"word:{question.field}:{at}:{question.text}"
        case Kind.DATES:
            return f"dates:{at}"
        case _:
            return str(question.kind)


def _is_zone(text: str) -> bool:
    try:
        zone_of(text)
    except ValueError:
        return False
    return True


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}…"
