"""Use case: the mappings that were saved for sheets with their own headings.

A sheet with the same headings is recognised; of one with some new headings, what an earlier mapping
says of the others is recalled, so that only the new ones have to be asked about.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from loader.errors import LoaderError, ResultsError, WrongColumns
from loader.profile.bind import bind
from loader.profile.file import read_profile
from loader.profile.inference.infer import Inference
from loader.profile.inference.questions import (
    SKIP,
    Answer,
    Answers,
    Kind,
    Presets,
    Question,
    accept_suggestion,
)
from loader.profile.inference.sample import SampledSheet
from loader.profile.inference.write_profile import profile_text
from loader.profile.model import Profile
from loader.tables.fold_headings import fold
from loader.validation.fields import Fields

_MOST_MAPPINGS: Final = 200  # that are looked at, the latest first
_LEAST_SHARE: Final = 0.5  # of the headings that an earlier mapping must know
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What an earlier mapping says of a sheet. `words` are what a column's cells mean."""

    presets: Presets = field(default_factory=Presets)
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (field, folded) -> ours

    def answer(self, question: Question, _now: Inference) -> Answer:
        """Answer as earlier, else take what is likely."""
        if question.kind is Kind.VALUE:
            meant = self.words.get((question.field, fold(question.text)))
            if meant is not None:
                return Answer(text=meant)
        return accept_suggestion(question)


def find_mapping(folder: Path, header: Sequence[str], fields: Fields) -> Path | None:
    """Return the latest saved mapping that knows every heading, or None."""
    for path, profile in _saved(folder, fields):
        try:
            bind(profile, header, fields, source=path.name)
        except WrongColumns:
            continue
        return path
    return None


def recall(folder: Path, sheet: SampledSheet) -> Recalled:
    """Return what the saved mapping that knows most of the headings says of this sheet."""
    own = {fold(heading) for heading in sheet.header if heading.strip()}
    best, most = Recalled(), _LEAST_SHARE * len(own)
    for _, profile in _saved(folder, sheet.fields):
        known = len(own & set(map(fold, profile.headings)))
        if known > most:
            best, most = recalled(profile, sheet), known
    return best


def recalled(profile: Profile, sheet: SampledSheet) -> Recalled:
    """Return what a mapping says of a sheet, as far as the columns are there."""
    columns: dict[str, int] = {}
    words: dict[tuple[str, str], str] = {}
    for name, rule in profile.fields.items():
        at = sheet.find(rule.sources[0]) if len(rule.sources) == 1 else None
        if at is not None and at not in columns.values():
            columns[name] = at
            words |= {(name, fold(theirs)): ours for theirs, ours in rule.values.items()}
    fields = {at: name for name, at in columns.items()}
    for skip in profile.skip:
        at = sheet.find(skip.column)
        if at is not None and at in fields:
            words |= {(fields[at], fold(text)): SKIP for text in skip.equals}
    left_out = [sheet.find(heading) for heading in profile.ignore]
    formats = {rule.date_format for rule in profile.fields.values() if rule.date_format}
    return Recalled(
        presets=Presets(
            columns=columns,
            constants={
                name: rule.constant
                for name, rule in profile.fields.items()
                if rule.constant is not None
            },
            unread=frozenset(at for at in left_out if at is not None) - frozenset(fields),
            date_format=profile.date_format or (formats.pop() if len(formats) == 1 else None),
            zone=profile.zone,
        ),
        words=words,
    )


def save_mapping(folder: Path, sheet: SampledSheet, presets: Presets, answers: Answers) -> Path:
    """Write a mapping where it is found again. Raises `ResultsError`."""
    shown = replace(sheet, source=Path(sheet.source).name)
    text = profile_text(shown, presets, answers, read_with={})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _file_name(sheet)
        temporary = path.with_suffix(".part")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ResultsError(f"cannot write {folder} ({error.strerror or error})") from error
    return path


def _saved(folder: Path, fields: Fields) -> Iterator[tuple[Path, Profile]]:
    """Yield the mappings that can be read, the latest first."""
    paths = sorted(folder.glob("*.toml"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for path in paths[:_MOST_MAPPINGS]:
        try:
            yield path, read_profile(path, fields)
        except LoaderError:  # somebody edited it; what cannot be read says nothing
            continue


def _file_name(sheet: SampledSheet) -> str:
    """Return the name for a mapping: one for each set of headings, with a word for a person."""
    word = re.sub(r"[^\w-]+", "-", Path(sheet.source).stem).strip("-_")[:_LONGEST_NAME]
    digest = sha256("\n".join(map(fold, sheet.header)).encode()).hexdigest()
    return f"{word or 'sheet'}-{digest[:10]}.toml"
