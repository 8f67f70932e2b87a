"""A first profile of a foreign sheet, as TOML text: facts, and questions.

Rules of this file: pure; a line that is only likely is a comment that begins with `# ?`, so that
nothing is applied which nobody confirmed; the text is a valid profile as it stands.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import orjson

from loader.sheet.chunk import column_letters
from loader.sheet.columns import missing_fields, recognise
from loader.sheet.likeness import suggest
from loader.sheet.schema import FIELDS, Form, column_of, facts_of
from loader.sheet.synonyms import fold

MOST_DISTINCT: Final = 50  # values of a column that are looked at; with more it is no closed set
_DATE: Final = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?:[ T]\d{1,2}:\d{2}(:\d{2})?)?")
_MEANINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "status": {
        "approved": (
            "active",
            "actif",
            "aktiv",
            "freigegeben",
            "live",
            "online",
            "yes",
            "oui",
            "ja",
        ),
        "draft": ("inactive", "inactif", "inaktiv", "entwurf", "brouillon", "no", "non", "nein"),
    },
    "type": {"image": ("bild", "picture", "visuel", "grafik"), "text": ("texte",)},
}  # our word -> theirs, folded


def profile_text(header: Sequence[str], values: Sequence[Collection[str]], *, source: str) -> str:
    """Return the profile of a sheet: its header, and some distinct values of each column."""
    known: dict[str, int] = {}
    unknown: list[int] = []
    for position, heading in enumerate(header):
        field = recognise(heading) if heading.strip() else None
        if field is None or field in known:
            unknown.append(position)
        else:
            known[field] = position
    like = suggest([header[at] for at in unknown if header[at].strip()], taken=known)
    return "\n".join(
        [
            f"# The column profile of {_quoted(source)}; docs/profiles.md lists the keys.",
            "# A line that begins with `# ?` is a question: remove `# ?` if it is right.",
            "",
            *_dates(known, values),
            *_ignored(header, unknown, like),
            "[fields]",
            *_known(header, known, values),
            *(f"# ? {_quoted(field)} = {_quoted(heading)}" for heading, field in like.items()),
            *_missing([*known, *like.values()]),
            "",
        ]
    )


def _dates(known: Mapping[str, int], values: Sequence[Collection[str]]) -> Iterator[str]:
    columns = [at for field, at in known.items() if facts_of(column_of(field)).form is Form.DATE]
    found = [m for at in columns for text in values[at] if (m := _DATE.fullmatch(text.strip()))]
    if not found:
        return
    between = found[0][2]
    day_first = any(int(m[1]) > 12 for m in found)
    month_first = any(int(m[3]) > 12 for m in found)
    both = (f"DD{between}MM{between}YYYY", f"MM{between}DD{between}YYYY")
    if day_first == month_first:
        yield "# ? Nothing tells day from month in the dates: which is it?"
        yield from (f"# ? date_format = {_quoted(each)}" for each in both)
    else:
        yield f"date_format = {_quoted(both[month_first])} # as the dates of the sheet show"
    yield '# ? zone = "Europe/Paris"'
    yield ""


def _ignored(
    header: Sequence[str], unknown: Sequence[int], like: Mapping[str, str]
) -> Iterator[str]:
    folded = [fold(heading) for heading in header]
    names = [
        header[at].strip()
        if header[at].strip() and folded.count(folded[at]) == 1
        else f"column {column_letters(at)}"
        for at in unknown
        if header[at] not in like
    ]
    if names:
        yield "# Not read. Take out of the list what is a field."
        yield f"ignore = [{', '.join(map(_quoted, names))}]"
        yield ""


def _known(
    header: Sequence[str], known: Mapping[str, int], values: Sequence[Collection[str]]
) -> Iterator[str]:
    for field, at in known.items():
        meanings = _values(field, values[at])
        heading = _quoted(header[at].strip())
        if meanings:
            shown = ", ".join(f"{_quoted(theirs)} = {_quoted(ours)}" for theirs, ours in meanings)
            yield f"{_quoted(field)} = {{ from = {heading}, values = {{ {shown} }} }} # is that so?"
        else:
            yield f"{_quoted(field)} = {heading}"


def _values(field: str, found: Collection[str]) -> list[tuple[str, str]]:
    meanings = _MEANINGS.get(field.rstrip("_0123456789"), {})
    ours = facts_of(column_of(field)).words
    return [
        (text.strip(), word)
        for text in sorted(found)
        for word, theirs in meanings.items()
        if fold(text) in theirs and fold(text) not in ours
    ]


def _missing(fields: Sequence[str]) -> Iterator[str]:
    for field in missing_fields(fields, ids_only=False):
        example = facts_of(FIELDS[field]).example
        yield f"# ? {field} = {{ constant = {_quoted(example)} }}"


def _quoted(text: str) -> str:
    """Return a TOML string: those of JSON are ones."""
    return orjson.dumps(text).decode().replace("\x7f", "\\u007f")
