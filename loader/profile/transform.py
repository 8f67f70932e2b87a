"""Make the column of a field from the columns that its rule names.

    joined | template | constant  ->  extract  ->  split  ->  values  ->  number, date  ->  default

Each step works on whole columns or on distinct values. A cell that does not fit keeps its text and
becomes a fault that says what is expected. A blank cell stays blank until `default`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial, reduce
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.profile.model import FieldRule, Unlisted
from loader.profile.nested import is_number_at, value_at
from loader.profile.pattern import extract
from loader.tables import written_dates
from loader.tables.arrow import Mask, Text, filled, mask_of
from loader.tables.fold_headings import fold
from loader.tables.fold_words import fold_word
from loader.validation.fields import Fields, Form

_MOST_SHOWN: Final = 12
_SPACES: Final = str.maketrans(
    dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " ")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Rows (by their place in the chunk) where one step failed, and what was expected."""

    code: str
    rows: Mask
    expected: str
    found: Text = field(repr=False)
    reasons: Mapping[int, str] = field(default_factory=dict)
    words: Sequence[str] = ()  # what would have been right


@dataclass(slots=True, kw_only=True)
class _Column:
    """A column between two steps: its text, and the rows that failed."""

    text: Text
    faults: list[Faults] = field(default_factory=list)

    def fault(self, code: str, rows: Mask, expected: str, **more: Any) -> None:
        """Add what a step found, except in rows that failed in an earlier step."""
        for earlier in self.faults:
            rows = rows & ~earlier.rows
        if rows.any():
            self.faults.append(
                Faults(code=code, rows=rows, expected=expected, found=self.text, **more)
            )


def transform_column(
    rule: FieldRule,
    texts: Sequence[Text],
    fields: Fields,
    *,
    rows: int,
    names: Mapping[str, int],
    header: Sequence[str],
    origins: Sequence[int],
    are_stored: Mask | None = None,
) -> tuple[Text, list[Faults]]:
    """Return the column of a field and what is wrong in it.

    `texts` are those of `origins`; `are_stored` says where the sheet itself stores the first as the
    number or the date that is wanted.
    """
    if rule.is_plain:
        return texts[0], []
    first = _Column(text=texts[0] if texts else _constant(rows))
    if rule.paths:
        are_stored = _numbers_in_json(rule, texts[0], are_stored)
        texts = [_read_json_path(first, *each) for each in zip(texts, rule.paths, strict=True)]
    column = _Column(text=_source_column(rule, texts, rows=rows), faults=first.faults)
    if rule.template is not None:
        _render(column, rule, texts, names=names, header=header, origins=origins)
    if rule.extract is not None:
        _extract(column, rule.extract)
    if rule.split is not None:
        _split(column, rule.split)
    if rule.values:
        _map(column, rule, fields)
    if rule.decimal is not None:
        _number(column, rule.decimal, fields.facts_of(rule.field).form, are_stored)
    if rule.date_format is not None or rule.time is not None:
        _date(column, rule, are_stored)
    if rule.default is not None:
        column.text = pc.if_else(_is_blank(column.text), rule.default, column.text)
    return column.text, column.faults


def _source_column(rule: FieldRule, texts: Sequence[Text], *, rows: int) -> Text:
    if rule.constant is not None or rule.template is not None:
        return _constant(rows, rule.constant or "")
    if len(texts) == 1:
        return texts[0]
    return reduce(partial(_join, rule.join), map(pc.utf8_trim_whitespace, texts))


def _constant(rows: int, text: str = "") -> Text:
    return pa.repeat(pa.scalar(text, pa.large_string()), rows)


def _read_json_path(column: _Column, text: Text, path: Sequence[str]) -> Text:
    """Return what is inside of the JSON of a column; where that does not fit, the cell itself."""
    if not path:
        return text
    column.text, bad = _each_distinct(text, lambda cell: value_at(cell, path))
    column.fault("not-in-json", bad, f"JSON with {'.'.join(path)} in it")
    return column.text


def _numbers_in_json(rule: FieldRule, text: Text, are_stored: Mask | None) -> Mask | None:
    """Return where the first column of a rule holds numbers, also inside of its JSON."""
    path = rule.paths[0]
    if rule.decimal is None or not path:
        return are_stored
    encoded = text.dictionary_encode()
    found = [is_number_at(cell, path) for cell in encoded.dictionary.to_pylist()]
    return mask_of(pa.array(found, pa.bool_()).take(encoded.indices))


def _join(separator: str, one: Text, other: Text) -> Text:
    """Join two columns, but for blanks. (Arrow's own join loses rows of nulls altogether.)"""
    between = pa.scalar(separator, pa.large_string())
    both = pc.binary_join_element_wise(one, other, between)
    return pc.if_else(_is_blank(one), other, pc.if_else(_is_blank(other), one, both))


def _render(
    column: _Column,
    rule: FieldRule,
    texts: Sequence[Text],
    *,
    names: Mapping[str, int],
    header: Sequence[str],
    origins: Sequence[int],
) -> None:
    from loader.profile.template import TemplateFailed, compile_template  # noqa: PLC0415 - as in `bind`

    assert rule.template is not None  # noqa: S101 - the caller has looked
    template = compile_template(rule.template, rule.escape)
    place = {position: at for at, position in enumerate(origins)}
    variables = [(name, place[names[name]]) for name in template.names]
    headings = [
        (text, place[_place_of_heading(text, header, origins)]) for text in template.headings
    ]
    made: list[str] = []
    reasons: dict[int, str] = {}
    for number, cells in enumerate(_rows_of(texts, len(column.text))):
        try:
            made.append(
                template.render(
                    {name: cells[at] for name, at in variables},
                    {heading: cells[at] for heading, at in headings},
                )
            )
        except TemplateFailed as failure:
            made.append("")
            reasons[number] = str(failure)
    column.text = pa.array(made, pa.large_string())
    failed = np.zeros(len(made), dtype=bool)
    failed[list(reasons)] = True
    column.fault("template-failed", failed, "a row that the template can show", reasons=reasons)


def _place_of_heading(heading: str, header: Sequence[str], origins: Sequence[int]) -> int:
    exact = [at for at in origins if header[at].strip() == heading.strip()]
    return (exact or [at for at in origins if fold(header[at]) == fold(heading)])[0]


def _rows_of(texts: Sequence[Text], rows: int) -> Iterator[tuple[str, ...]]:
    if not texts:
        return iter([()] * rows)
    return zip(*(text.to_pylist() for text in texts), strict=True)


def _extract(column: _Column, pattern: str) -> None:
    found = extract(column.text, pattern)
    misses = mask_of(pc.is_null(found)) & ~_blank_mask(column.text)
    column.fault("no-match", misses, f"text that fits {pattern}")
    column.text = pc.coalesce(found, column.text)


def _split(column: _Column, separator: str) -> None:
    def items(text: str) -> str | None:
        parts = [item for part in text.split(separator) if (item := part.strip())]
        return None if separator != ";" and any(";" in part for part in parts) else ";".join(parts)

    text, bad = _each_distinct(column.text, items)
    column.fault("list-separator", bad, f"items between {separator!r}, and no semicolon in them")
    column.text = text


def _map(column: _Column, rule: FieldRule, fields: Fields) -> None:
    facts = fields.facts_of(rule.field)
    value_map = _value_map(rule, facts.closed_words)
    is_list = rule.split is not None or facts.form is Form.LIST

    def map_item(text: str) -> str | None:
        default = text if rule.unlisted is Unlisted.KEEP else None
        return value_map.get(_value_key(text, rule), default)

    def map_cell(text: str) -> str | None:
        if not text.strip():
            return text
        items = (
            [map_item(item) for item in text.split(";") if item.strip()]
            if is_list
            else [map_item(text)]
        )
        return None if None in items else ";".join(item for item in items if item is not None)

    text, bad = _each_distinct(column.text, map_cell)
    words = tuple(dict.fromkeys((*rule.values, *facts.closed_words)))
    shown = words[:_MOST_SHOWN]
    more = f" and {len(words) - len(shown)} more" if len(words) > len(shown) else ""
    column.fault("unlisted-value", bad, f"one of {', '.join(shown)}{more}", words=words)
    column.text = text


def _value_map(rule: FieldRule, own_words: Sequence[str]) -> dict[str, str]:
    """Return what each word means; our own words mean themselves, listed or not."""
    value_map = {_value_key(theirs, rule): ours for theirs, ours in rule.values.items()}
    for ours in (*rule.values.values(), *own_words):
        value_map.setdefault(_value_key(ours, rule), ours)
    return value_map


def _value_key(text: str, rule: FieldRule) -> str:
    return fold_word(text) if rule.ignore_case else text.strip()


def _number(column: _Column, decimal: str, form: Form, are_numbers: Mask | None) -> None:
    def number(text: str, decimal: str) -> str | None:
        if not text.strip():
            return text
        found = _number_of(text, decimal)
        is_whole = found is not None and not found.partition(".")[2].strip("0")
        return found.partition(".")[0] if found and is_whole and form is Form.NUMBER else found

    text, bad = _each_distinct(column.text, partial(number, decimal=decimal))
    if are_numbers is not None and are_numbers.any():
        stored, _ = _each_distinct(column.text, partial(number, decimal="."))
        text = pc.if_else(pa.array(are_numbers), stored, text)
        bad = bad & ~are_numbers
    example = "1234,5 or 1.234,5" if decimal == "," else "1234.5 or 1,234.5"
    column.fault("number-format", bad, f"a number such as {example}")
    column.text = text


def _date(column: _Column, rule: FieldRule, are_dates: Mask | None) -> None:
    to_iso: Callable[[str], str | None] = (
        written_dates.compile_date_format(rule.date_format) if rule.date_format else str.strip
    )

    def moment(text: str, *, is_stored: bool = False) -> str | None:
        if not text.strip():
            return text
        iso = text if is_stored and written_dates.is_iso(text) else to_iso(text)
        return f"{iso}T{rule.time}" if iso and rule.time and len(iso) == len("2026-01-31") else iso

    text, bad = _each_distinct(column.text, moment)
    if are_dates is not None and are_dates.any():
        dates, no_dates = _each_distinct(column.text, partial(moment, is_stored=True))
        text = pc.if_else(pa.array(are_dates), dates, text)
        bad = np.where(are_dates, no_dates, bad)
    column.fault("date-format", bad, f"a date written as {rule.date_format}")
    column.text = text


def _each_distinct(texts: Text, change: Callable[[str], str | None]) -> tuple[Text, Mask]:
    """Change each distinct value once; where that gives None, the text stays and is marked."""
    encoded = texts.dictionary_encode()
    changed = pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.large_string())
    spread: Any = changed.take(encoded.indices)
    return pc.coalesce(spread, texts), mask_of(pc.is_null(spread))


def _is_blank(texts: Text) -> Any:
    return pc.equal(pc.utf8_trim_whitespace(texts), "")


def _blank_mask(texts: Text) -> Mask:
    return ~filled(pc.utf8_trim_whitespace(texts))


def _number_of(text: str, decimal: str) -> str | None:
    """Return "1234.56" of "1.234,56", with the digits as written; None for what is no number.

    The decimal character is set in the mapping and never guessed. Thousands may be separated, by
    the other one of point and comma, by blanks or by apostrophes, but then throughout.
    """
    written = text.translate(_SPACES).strip().replace("\N{MINUS SIGN}", "-")
    found = _number_pattern(decimal).fullmatch(written)
    if found is None:
        return None
    sign, whole, fraction = found["sign"], re.sub(r"[^0-9]", "", found["whole"]), found["fraction"]
    return f"{'-' if sign == '-' else ''}{whole}{f'.{fraction}' if fraction else ''}"


@lru_cache
def _number_pattern(decimal: str) -> re.Pattern[str]:
    other = "." if decimal == "," else ","
    marks = re.escape(f"{other} '’")
    grouped = rf"[0-9]{{1,3}}(?P<mark>[{marks}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    fraction = rf"(?:{re.escape(decimal)}(?P<fraction>[0-9]+))?"
    return re.compile(rf"(?P<sign>[+-]?) ?(?P<whole>{grouped}|[0-9]+){fraction}")
