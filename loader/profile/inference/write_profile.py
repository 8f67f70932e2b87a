"""Write a first profile as TOML text: what is sure, what was accepted, what is open.

Each line can be read and removed by itself. A line that nobody confirmed is a comment that begins
with `# ?`, and one that --yes accepted says so. The text is always a valid profile.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import orjson

from loader.profile.inference.date_guess import ORDERS
from loader.profile.inference.infer import DateFormat, Inference, Origin, infer
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

OPEN: Final = "# ? "
ACCEPTED: Final = "accepted, not confirmed"
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
Top = Mapping[str, str | int]  # keys of the file that say how it was read


def profile_text(sheet: SampledSheet, presets: Presets, answers: Answers, *, read_with: Top) -> str:
    """Return the profile of a sheet after `answers`."""
    return "\n".join(_Writer(sheet, presets, answers).lines(read_with))


class _Writer:
    """Writes one profile, from top to bottom."""

    def __init__(self, sheet: SampledSheet, presets: Presets, answers: Answers) -> None:
        self._sheet = sheet
        self._presets = presets
        self._answers = answers
        self._inference: Inference = infer(sheet, presets, answers)
        self._common_format = _common_format(self._inference.formats, presets)

    def lines(self, read_with: Top) -> Iterator[str]:
        yield f"# The mapping of {_quoted(self._sheet.source)}."
        yield "# `loader explain mappings` lists all that can be said here."
        if any(map(self._is_open, self._inference.questions)):
            yield f"# A line that begins with `{OPEN.strip()}` is still to be decided."
        yield ""
        top = [*(f"{key} = {_literal(value)}" for key, value in read_with.items()), *self._top()]
        yield from (*top, *([""] if top else ()))
        if self._inference.unread:
            names = (_quoted(self._sheet.reference(at)) for at in self._inference.unread)
            yield "# Not read. Take out of the list what is a field."
            yield from (f"ignore = [{', '.join(names)}]", "")
        yield from self._skips()
        yield "[fields]"
        for field, origins in self._inference.origins.items():
            for origin in origins:
                yield from self._field(field, origin)
        yield from self._missing()
        yield ""

    def _answer(self, question: Question) -> Answer:
        return self._answers.get(question, NOT_ASKED)

    def _is_open(self, question: Question) -> bool:
        return self._answer(question).certainty is Certainty.OPEN

    def _questions(self, kind: Kind) -> Iterator[Question]:
        return (question for question in self._inference.questions if question.kind is kind)

    def _top(self) -> Iterator[str]:
        """Yield what holds for every date."""
        if self._common_format:
            yield from _format_lines(self._common_format)
        if any(map(self._is_open, self._questions(Kind.ZONE))):
            yield f'{OPEN}zone = "Europe/Paris" # of the dates; UTC, unless something is said'
        if self._inference.zone:
            yield f"zone = {_quoted(self._inference.zone)}"

    def _skips(self) -> Iterator[str]:
        words: dict[int, list[str]] = {}
        for question in self._questions(Kind.VALUE):
            if self._answer(question).text == SKIP:
                words.setdefault(question.places[0], []).append(_quoted(question.text))
        for at, texts in words.items():
            yield from ("[[skip]]", f"column = {_quoted(self._sheet.reference(at))}")
            yield from (f"equals = [{', '.join(texts)}]", "")

    def _field(self, field: str, origin: Origin) -> Iterator[str]:
        key, open_ = _key(field), OPEN if origin.certainty is Certainty.OPEN else ""
        if origin.at is None:
            yield f"{key} = {{ constant = {_quoted(origin.constant)} }}"
            return
        more = [*self._values(field, origin.at), *self._dates(key, origin.at)]
        start = f"{open_}{key}{'.from' if more else ''}"
        mark = f" # {ACCEPTED}" if origin.certainty is Certainty.ACCEPTED else ""
        yield f"{start} = {_quoted(self._sheet.reference(origin.at))}{mark}"
        yield from (line if line.startswith(OPEN) else f"{open_}{line}" for line in more)

    def _values(self, field: str, at: int) -> Iterator[str]:
        for question in self._questions(Kind.VALUE):
            if (question.field, question.places) != (field, (at,)):
                continue
            answer = self._answer(question)
            name = f"{_key(field)}.values.{_quoted(question.text)}"
            if answer.certainty is Certainty.OPEN:
                words = ", ".join(question.choices)
                yield f"{OPEN}{name} = {_quoted(question.suggestion or '…')} # one of {words}"
            elif answer.text and answer.text != SKIP:
                mark = f" # {ACCEPTED}" if answer.certainty is Certainty.ACCEPTED else ""
                yield f"{name} = {_quoted(answer.text)}{mark}"

    def _dates(self, key: str, at: int) -> Iterator[str]:
        """Yield how this column writes dates, where columns differ."""
        if at in self._inference.formats and not self._common_format:
            yield from _format_lines(self._inference.formats[at], f"{key}.")

    def _missing(self) -> Iterator[str]:
        for question in self._questions(Kind.MISSING):
            if question.field in self._inference.origins:
                continue
            example = self._sheet.fields.facts_of(question.field).example
            yield f'{OPEN}{_key(question.field)} = "…" # its column; or one text for every row:'
            yield f"{OPEN}{_key(question.field)} = {{ constant = {_quoted(example)} }}"


def _common_format(formats: Mapping[int, DateFormat], presets: Presets) -> DateFormat | None:
    """Return the one format of all dates; None where there is none, or columns differ."""
    if not formats and presets.date_format and presets.date_format not in ORDERS:
        return DateFormat(texts=(presets.date_format,))
    alike = {replace(each, is_shown=False) for each in formats.values()}
    if len(alike) != 1:
        return None
    return replace(*alike, is_shown=all(each.is_shown for each in formats.values()))


def _format_lines(found: DateFormat, before: str = "") -> Iterator[str]:
    start, why = "", ""
    if found.unclear:
        start, why = OPEN, f" # nothing tells how {_quoted(found.unclear)} is meant"
    elif found.is_shown:
        why = " # as the dates of the sheet show"
    for text in found.texts or ("DD/MM/YYYY",):
        yield f"{start}{before}date_format = {_quoted(text)}{why}"


def _key(field: str) -> str:
    return field if _BARE.fullmatch(field) else _quoted(field)


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    """Return a TOML string: those of JSON are ones."""
    return orjson.dumps(text).decode().replace("\x7f", "\\u007f")
