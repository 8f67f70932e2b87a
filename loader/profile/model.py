"""A column profile, which users know as a mapping: three models, of the file, a field and a rule.

A described attribute is a key of the TOML file. Its meaning, its example and what it accepts are
read by docs/mappings.md and by the messages of `parse`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from loader.model import Quoting
from loader.profile.escape import Escape
from loader.profile.pattern import checked_pattern
from loader.tables import written_dates
from loader.tables.zones import zone_exists


class Unlisted(StrEnum):
    """What becomes of a value that a value map does not list."""

    ERROR = "error"  # a row error that lists the known ones
    KEEP = "keep"  # it stays as it is


class Decimal(StrEnum):
    """What separates the fraction of a number from its whole part."""

    COMMA = ","
    POINT = "."


class RowsAre(StrEnum):
    """What a row of the sheet is."""

    OFFER = "per-offer"  # an offer, with all of its representations
    REPRESENTATION = "per-representation"  # one of them: the rows of a key are one offer


def _texts(value: object) -> object:
    """Take one text as a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _date_format(text: str) -> str:
    written_dates.compile_date_format(text)
    return text


def _time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text):
        raise ValueError("a time like 23:59 is expected")
    return text


def _zone(name: str) -> str:
    if not zone_exists(name):
        raise ValueError("no such time zone; a name like Europe/Paris is expected")
    return name


def _template(source: str) -> str:
    from loader.profile.template import compile_template  # noqa: PLC0415 - only where a template is used

    compile_template(source, Escape.HTML)  # what a template may do is the same for every escape
    return source


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
Pattern = Annotated[str, AfterValidator(checked_pattern)]
Template = Annotated[str, AfterValidator(_template)]
Time = Annotated[str, AfterValidator(_time)]
Zone = Annotated[str, AfterValidator(_zone)]

_TEXT = "text"
_TEXTS = "text, or a list of texts"
_FLAG = "true or false"


def toml_key(meaning: str, example: str, accepts: str = _TEXT, **more: Any) -> Any:
    """Declare a key that may be left out. `more` goes to pydantic's Field.

    Any: pydantic's Field is declared to return whatever the annotation says.
    """
    return Field(
        description=meaning,
        examples=[example],
        json_schema_extra={"accepts": accepts},
        **{"default": None, **more},
    )


def choice(meaning: str, example: str, default: StrEnum) -> Any:
    """Declare a key that takes one of the words of an enumeration."""
    accepts = f"one of {', '.join(type(default))}"
    return toml_key(meaning, example, accepts, default=default, strict=False)


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True)


class FieldRule(_Keys):
    """Where one field comes from, and what is done to it, in the order of these attributes."""

    field: str
    paths: tuple[tuple[str, ...], ...] = ()  # where a source is inside of a column: `bind` fills it
    sources: Texts = toml_key(
        "Heading of the column, or of several that are joined. A column whose heading is blank or"
        ' occurs twice is given by its letter: `"column C"`. `"slot.code"` is the value `code` of'
        " the JSON object in the column `slot`, if no column is called `slot.code`.",
        'from = ["Titre", "Sous-titre"]',
        _TEXTS,
        default=(),
        alias="from",
    )
    constant: str | None = toml_key(
        "The same text in every row; of a further representation (`language_2`), only in rows"
        " where a column fills something of it.",
        'constant = "html"',
    )
    template: Template | None = toml_key(
        "A Jinja2 template for content: `{{ titre }}` is the cell under Titre, "
        '`{{ row["Nom de l\'offre"] }}` the cell under any heading. See below.',
        'template = "<p>{{ titre }}</p>"',
    )
    escape: Escape = choice(
        "How the template writes cells: for html (the default), for a JSON string, or as they are.",
        'escape = "json"',
        Escape.HTML,
    )
    join: str = toml_key(
        "The text between joined columns (a space by default); blank cells are left out.",
        'join = " – "',
        default=" ",
    )
    extract: Pattern | None = toml_key(
        "A regular expression (RE2): the field is its first group, else all that it matches."
        " A cell that does not fit is an error.",
        "extract = 'REF-(\\d+)'",
    )
    split: str | None = toml_key(
        "What separates the items of a list in the sheet; they become our semicolons.",
        'split = ","',
        "text that is not empty",
        min_length=1,
    )
    values: Mapping[str, str] = toml_key(
        "Their words to ours, for each item of a list. Our own words are understood too.",
        'values = { "Actif" = "approved", "Brouillon" = "draft" }',
        "a table of texts",
        default={},
        min_length=1,
    )
    ignore_case: bool = toml_key(
        "Whether ACTIF is Actif for `values` (true by default).",
        "ignore_case = false",
        _FLAG,
        default=True,
    )
    unlisted: Unlisted = choice(
        "A value that `values` does not list: an error (the default), or kept as it is.",
        'unlisted = "keep"',
        Unlisted.ERROR,
    )
    decimal: Decimal | None = toml_key(
        "The cell is a number, and this is its decimal character. Thousands may be separated by the"
        " other one, blanks or apostrophes: `1.234,56` becomes 1234.56. A number that the sheet"
        " stores as a number stays as it is.",
        'decimal = ","',
        "one of , and .",
        strict=False,
    )
    date_format: DateFormat | None = toml_key(
        "For start_date and end_date: how this column writes dates.", 'date_format = "DD.MM.YYYY"'
    )
    time: Time | None = toml_key(
        "For start_date and end_date: the time of a date that has none (00:00 by default).",
        'time = "23:59:59"',
    )
    default: str | None = toml_key("What a blank cell means.", 'default = "draft"')

    @property
    def is_plain(self) -> bool:
        """Whether the cell of one column is taken unchanged."""
        plain = FieldRule(field=self.field, sources=self.sources)
        return self == plain and len(self.sources) == 1


class SkipRule(_Keys):
    """Which rows are not offers. Exactly one of the conditions is given."""

    column: str = toml_key("The column to look at.", 'column = "Statut"', default="")
    equals: Texts = toml_key(
        "Skip the row where the cell is one of these; case does not matter.",
        'equals = ["Archivé", "Supprimé"]',
        _TEXTS,
        default=(),
    )
    blank: bool = toml_key(
        "Skip the row where the cell is blank.", "blank = true", _FLAG, default=False
    )
    matches: Pattern | None = toml_key(
        "Skip the row where this regular expression (RE2) is found in the cell.",
        "matches = '(?i)^total'",
    )


class Profile(_Keys):
    """Everything a profile can say. The empty one changes nothing.

    `name` is the file's, `digest` the sha256 of its bytes.
    """

    name: str = ""
    digest: str = ""
    fields: Mapping[str, FieldRule] = toml_key(
        "Where each field comes from.",
        '[fields]\nname = "Titre"',
        "[fields.NAME] tables",
        default={},
    )
    ignore: Texts = toml_key(
        'Columns that are not read. `"*"`: every column that is neither named here nor known.',
        'ignore = ["Notes", "column F"]',
        _TEXTS,
        default=(),
    )
    skip: tuple[SkipRule, ...] = toml_key(
        "Rows that are not offers.",
        '[[skip]]\ncolumn = "Titre"\nblank = true',
        "[[skip]] tables",
        default=(),
    )
    rows: RowsAre = choice(
        "What a row is: an offer (the default), or one representation of it: see *Long form*.",
        'rows = "per-representation"',
        RowsAre.OFFER,
    )
    key: Texts = toml_key(
        "With `per-representation`: the column, or columns, that rows of one offer share.",
        'key = "Offer ref"',
        _TEXTS,
        default=(),
    )
    date_format: DateFormat | None = toml_key(
        "How dates are written: DD/MM/YYYY as in a spreadsheet, or %d/%m/%Y. A time behind the"
        " date may be missing; ISO dates are understood too, and cells that are dates need no"
        " format. `--date-format` wins over it.",
        'date_format = "DD/MM/YYYY HH:mm"',
    )
    zone: Zone | None = toml_key(
        "Time zone of dates that name none. `--zone` wins over it.", 'zone = "Europe/Paris"'
    )
    sheet: str | None = toml_key(
        "Sheet of a workbook. `--sheet` wins over it.", 'sheet = "Angebote"'
    )
    header_row: int | None = toml_key(
        "Row that holds the headings. `--header-row` wins over it.",
        "header_row = 3",
        "a whole number, 1 or more",
        ge=1,
    )
    encoding: str | None = toml_key(
        "Encoding of a text file. `--encoding` wins over it.", 'encoding = "cp1252"'
    )
    delimiter: str | None = toml_key(
        "Delimiter of a text file. `--delimiter` wins over it.", 'delimiter = ";"'
    )
    quoting: Quoting = choice(
        "What a quote in a text file is: around a cell (standard), or a character like any other"
        " (none). `--quoting` wins over it.",
        'quoting = "none"',
        Quoting.STANDARD,
    )

    @property
    def headings(self) -> frozenset[str]:
        """The headings of the sheet that are named, but in templates."""
        named = {heading for rule in self.fields.values() for heading in rule.sources}
        looked_at = {rule.column for rule in self.skip}
        return frozenset({*named, *self.ignore, *looked_at, *self.key} - {"*"})

    @property
    def is_long(self) -> bool:
        """Whether rows that share a key are one offer."""
        return self.rows is RowsAre.REPRESENTATION

    @property
    def is_empty(self) -> bool:
        """Whether the sheet is read just as it is."""
        return not (self.fields or self.ignore or self.skip or self.date_format or self.is_long)
