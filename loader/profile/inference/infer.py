"""Infer a mapping from a foreign sheet, and find what has to be asked.

    sheet + presets + answers so far -> fields, values, dates; and every question, in order

An answer may lead to more questions (once a column is known to be the status, its words), so the
inference is repeated after each: see `ask_all`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from loader.profile.inference.column_values import are_codes, may_be_names
from loader.profile.inference.date_guess import (
    GuessedFormats,
    begins_with_short_year,
    choose_format,
    guess_date_formats,
    has_no_offset,
)
from loader.profile.inference.questions import (
    NOT_ASKED,
    Answer,
    Answers,
    Certainty,
    Kind,
    Presets,
    Question,
)
from loader.profile.inference.sample import SampledSheet
from loader.profile.inference.unknown_words import unknown_words
from loader.validation.fields import NAME, Facts, Form
from loader.validation.similarity import suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a field comes from: a column, or the same text for every row."""

    at: int | None = None
    constant: str = ""
    certainty: Certainty = Certainty.SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFormat:
    """How a column writes dates: its format, or all that are possible for the date `unclear`."""

    texts: tuple[str, ...]
    is_shown: bool = False  # by the dates themselves
    unclear: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """All that is known and all that has to be asked after some answers."""

    origins: Mapping[str, tuple[Origin, ...]]  # field -> its origin, or several while it is open
    unread: tuple[int, ...]
    formats: Mapping[int, DateFormat]  # of the columns of dates, where there is something to say
    zone: str
    questions: tuple[Question, ...]

    def is_free(self, at: int) -> bool:
        """Say whether no field comes from that column."""
        return all(origin.at != at for each in self.origins.values() for origin in each)


def ask_all(
    sheet: SampledSheet, presets: Presets, ask: Callable[[Question, Inference], Answer]
) -> dict[Question, Answer]:
    """Ask for everything that is in doubt, one after the other; each is asked once."""
    answers: dict[Question, Answer] = {}
    while True:
        now = infer(sheet, presets, answers)
        question = next((each for each in now.questions if each not in answers), None)
        if question is None:
            return answers
        answers[question] = ask(question, now)


def infer(sheet: SampledSheet, presets: Presets, answers: Answers) -> Inference:
    """Return what is known of a sheet after `answers`."""
    return _Pass(sheet, presets, answers).inference()


class _Pass:
    """One pass over a sheet, in the order of the questions."""

    def __init__(self, sheet: SampledSheet, presets: Presets, answers: Answers) -> None:
        self._sheet = sheet
        self._presets = presets
        self._answers = answers
        self._questions: list[Question] = []
        self._formats: dict[int, DateFormat] = {}
        self._zone = presets.zone or ""
        self._origins: dict[str, tuple[Origin, ...]] = {
            **{field: (Origin(at=at),) for field, at in presets.columns.items()},
            **{field: (Origin(constant=text),) for field, text in presets.constants.items()},
        }

    def inference(self) -> Inference:
        left_out = self._presets.unread
        taken = {*self._presets.columns.values(), *left_out}
        free = [at for at in range(len(self._sheet.header)) if at not in taken]
        unknown = self._match_headings(free)
        unread = [*self._match_similar_headings(unknown), *left_out]
        self._ask_missing()
        self._ask_values()
        self._find_date_formats()
        named = {origin.at for each in self._origins.values() for origin in each}
        return Inference(
            origins=dict(sorted(self._origins.items(), key=_by_position)),
            unread=tuple(sorted(at for at in unread if at not in named)),
            formats=self._formats,
            zone=self._zone,
            questions=tuple(self._questions),
        )

    def _ask(self, question: Question) -> Answer:
        self._questions.append(question)
        return self._answers.get(question, NOT_ASKED)

    def _match_headings(self, free: list[int]) -> list[int]:
        """Map the columns whose headings name a field; return the others."""
        matches: dict[str, list[int]] = {}
        rest = []
        for at in free:
            heading = self._sheet.header[at]
            field = self._sheet.fields.recognise(heading) if heading.strip() else None
            if field is None or field in self._origins:
                rest.append(at)
            else:
                matches.setdefault(field, []).append(at)
        for field, places in matches.items():
            rest += self._choose_column(field, places)
        return sorted(rest)

    def _choose_column(self, field: str, places: list[int]) -> list[int]:
        """Map one of several columns with the same heading; return the others."""
        if len(places) == 1:
            self._origins[field] = (Origin(at=places[0]),)
            return []
        answer = self._ask(Question(kind=Kind.TWICE, field=field, places=tuple(places)))
        if answer.certainty is Certainty.OPEN:
            self._origins[field] = tuple(Origin(at=at, certainty=Certainty.OPEN) for at in places)
            return []
        if answer.at is not None:
            self._origins[field] = (Origin(at=answer.at),)
        return [at for at in places if at != answer.at]

    def _match_similar_headings(self, unknown: list[int]) -> list[int]:
        """Map columns whose headings are similar; return the columns that are not read."""
        headings = [self._sheet.header[at] for at in unknown]
        suggested = suggest(
            [each for each in headings if each.strip()], self._sheet.fields, taken=self._origins
        )
        self._correct_by_values(suggested, unknown)
        unread = []
        for at in unknown:
            field = suggested.pop(self._sheet.header[at], "")
            if not field:
                unread.append(at)
                continue
            question = Question(
                kind=Kind.COLUMN,
                places=(at,),
                suggestion="" if field in self._origins else field,
            )
            answer = self._ask(question)
            chosen = question.suggestion if answer.certainty is Certainty.OPEN else answer.text
            if chosen:
                self._origins[chosen] = (Origin(at=at, certainty=answer.certainty),)
            else:
                unread.append(at)
        return unread

    def _correct_by_values(self, suggested: dict[str, str], unknown: list[int]) -> None:
        """Suggest no ids for the name, and the one column that may hold names."""
        values, key = self._sheet.values, self._sheet.fields.keys[0]
        columns = {self._sheet.header[at]: at for at in unknown if self._sheet.header[at].strip()}
        for heading, field in [*suggested.items()]:
            if field == NAME and key != NAME and are_codes(values[columns[heading]]):
                del suggested[heading]
                if key not in {*self._origins, *suggested.values()}:
                    suggested[heading] = key
        if NAME not in {*self._origins, *suggested.values()}:
            rows = max(map(len, values), default=0)
            found = [
                heading
                for heading, at in columns.items()
                if heading not in suggested and may_be_names(values[at], rows=rows)
            ]
            if len(found) == 1:
                suggested[found[0]] = NAME

    def _ask_missing(self) -> None:
        fields = self._sheet.fields
        needed = fields.missing(self._origins, ids_only=False)
        if not any(field in self._origins for field in fields.one_of):
            needed += fields.one_of[:1]
        for field in needed:
            answer = self._ask(Question(kind=Kind.MISSING, field=field))
            if answer.at is not None:
                self._origins[field] = (Origin(at=answer.at),)
            elif answer.text:
                self._origins[field] = (Origin(constant=answer.text),)

    def _ask_values(self) -> None:
        for field, at in self._columns(self._words):
            words, meanings = self._words(field), self._sheet.fields.meanings_of(field)
            for text, meaning in unknown_words(self._sheet.values[at], words, meanings):
                self._ask(
                    Question(
                        kind=Kind.VALUE,
                        field=field,
                        places=(at,),
                        text=text,
                        choices=words,
                        suggestion=meaning,
                    )
                )

    def _find_date_formats(self) -> None:
        found = {
            at: guess_date_formats(self._sheet.values[at]) for _, at in self._columns(self._is_date)
        }
        found = {at: _ruled_by_other_columns(each, [*found.values()]) for at, each in found.items()}
        in_doubt: dict[tuple[str, ...], list[int]] = {}
        for at, written in found.items():
            if len(written.formats) == 1:
                self._formats[at] = DateFormat(texts=written.formats, is_shown=True)
            elif preset := self._preset_format(written):
                self._formats[at] = DateFormat(texts=(preset,))
            elif written.example:
                in_doubt.setdefault(written.formats, []).append(at)
        for formats, places in in_doubt.items():
            likely = _format_of_other_columns(formats, [*found.values()])
            self._ask_format(formats, places, found[places[0]].example, likely)
        self._ask_zone([*found])

    def _preset_format(self, written: GuessedFormats) -> str:
        """Return the preset format of all dates, if these can be read by it."""
        try:
            return choose_format(
                self._presets.date_format or "", written.formats, example=written.example
            )
        except ValueError:
            return ""

    def _ask_format(
        self, formats: tuple[str, ...], places: list[int], example: str, likely: str
    ) -> None:
        question = Question(
            kind=Kind.DATES,
            places=tuple(places),
            text=example,
            choices=formats,
            suggestion=likely,
        )
        answer = self._ask(question).text
        found = (
            DateFormat(texts=(answer,)) if answer else DateFormat(texts=formats, unclear=example)
        )
        self._formats |= dict.fromkeys(places, found)

    def _ask_zone(self, places: list[int]) -> None:
        if not self._zone and any(has_no_offset(self._sheet.values[at]) for at in places):
            question = Question(kind=Kind.ZONE, places=tuple(places), suggestion="UTC")
            self._zone = self._ask(question).text

    def _facts(self, field: str) -> Facts:
        return self._sheet.fields.facts_of(field)

    def _words(self, field: str) -> tuple[str, ...]:
        return self._facts(field).closed_words

    def _is_date(self, field: str) -> bool:
        return self._facts(field).form is Form.DATE

    def _columns(self, wanted: Callable[[str], object]) -> Iterator[tuple[str, int]]:
        for field, origins in self._origins.items():
            for origin in origins[:1]:
                if origin.at is not None and wanted(field):
                    yield field, origin.at


def _by_position(origin: tuple[str, tuple[Origin, ...]]) -> tuple[bool, int]:
    """Sort fields by the place of their columns; constants last."""
    at = origin[1][0].at
    return at is None, at or 0


def _ruled_by_other_columns(
    written: GuessedFormats, all_of_them: list[GuessedFormats]
) -> GuessedFormats:
    """Leave out formats such as YY/MM/DD where another column proves one that does not begin so."""
    likely = _format_of_other_columns(written.formats, all_of_them)
    if not likely or begins_with_short_year(likely):
        return written
    kept = [text for text in written.formats if not begins_with_short_year(text)]
    return replace(written, formats=tuple(kept))


def _format_of_other_columns(formats: tuple[str, ...], all_of_them: list[GuessedFormats]) -> str:
    """Return the format that another column of the sheet proves, if it is possible here."""
    clear = {each.formats[0] for each in all_of_them if len(each.formats) == 1}
    alike = [
        text
        for text in formats
        if any(text.startswith(each) or each.startswith(text) for each in clear)
    ]
    return alike[0] if len(alike) == 1 else ""
