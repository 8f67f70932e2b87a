"""Every key of a profile: what it means, what it takes, an example. The reference is made of this.

Rules of this file: `parse` accepts exactly these keys; docs/mappings.md lists exactly these.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loader.profile.model import Escape, RowsAre, Unlisted


class Takes(StrEnum):
    """What may stand behind a key. The value is how a person is told."""

    TEXT = "text"
    TEXTS = "text, or a list of texts"
    NUMBER = "a whole number, 1 or more"
    FLAG = "true or false"
    MAP = "a table of texts"
    RULES = "[[skip]] tables"
    FIELDS = "[fields.NAME] tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key."""

    name: str
    takes: Takes
    meaning: str
    example: str
    words: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Say what is accepted."""
        return f"one of {', '.join(self.words)}" if self.words else str(self.takes)


def _key(name: str, takes: Takes, meaning: str, example: str, words: tuple[str, ...] = ()) -> Key:
    return Key(name=name, takes=takes, meaning=meaning, example=example, words=words)


FILE_KEYS: Final = (
    _key("fields", Takes.FIELDS, "Where each field comes from.", '[fields]\nname = "Titre"'),
    _key(
        "ignore",
        Takes.TEXTS,
        'Columns that are not read. `"*"`: every column that is neither named here nor known.',
        'ignore = ["Notes", "column F"]',
    ),
    _key(
        "skip", Takes.RULES, "Rows that are not offers.", '[[skip]]\ncolumn = "Titre"\nblank = true'
    ),
    _key(
        "rows",
        Takes.TEXT,
        "What a row is: an offer (unless given), or one representation of it: see *Long form*.",
        'rows = "per-representation"',
        tuple(RowsAre),
    ),
    _key(
        "key",
        Takes.TEXTS,
        "With `per-representation`: the column, or columns, that rows of one offer share.",
        'key = "Offer ref"',
    ),
    _key(
        "date_format",
        Takes.TEXT,
        "How dates are written: DD/MM/YYYY as in a spreadsheet, or %d/%m/%Y. A time behind the"
        " date may be missing; ISO dates are understood too. `--date-format` wins over it.",
        'date_format = "DD/MM/YYYY HH:mm"',
    ),
    _key(
        "zone",
        Takes.TEXT,
        "Time zone of dates that name none. `--zone` wins over it.",
        'zone = "Europe/Paris"',
    ),
    _key("sheet", Takes.TEXT, "Sheet of a workbook. `--sheet` wins over it.", 'sheet = "Angebote"'),
    _key(
        "header_row",
        Takes.NUMBER,
        "Row that holds the headings. `--header-row` wins over it.",
        "header_row = 3",
    ),
    _key(
        "encoding",
        Takes.TEXT,
        "Encoding of a text file. `--encoding` wins over it.",
        'encoding = "cp1252"',
    ),
    _key(
        "delimiter",
        Takes.TEXT,
        "Delimiter of a text file. `--delimiter` wins over it.",
        'delimiter = ";"',
    ),
)

FIELD_KEYS: Final = (
    _key(
        "from",
        Takes.TEXTS,
        "Heading of the column, or of several that are joined. A heading that is blank or"
        ' stands twice is given by its place: `"column C"`.',
        'from = ["Titre", "Sous-titre"]',
    ),
    _key("constant", Takes.TEXT, "The same text in every row.", 'constant = "html"'),
    _key(
        "template",
        Takes.TEXT,
        "A Jinja2 template for content: `{{ titre }}` is the cell under Titre, "
        '`{{ row["Nom de l\'offre"] }}` the cell under any heading. See below.',
        'template = "<p>{{ titre }}</p>"',
    ),
    _key(
        "escape",
        Takes.TEXT,
        "How the template writes cells: for html (the default), for a JSON string, or as they are.",
        'escape = "json"',
        tuple(Escape),
    ),
    _key(
        "join",
        Takes.TEXT,
        "What stands between joined columns (a space, unless given); blank cells are left out.",
        'join = " – "',
    ),
    _key(
        "extract",
        Takes.TEXT,
        "A regular expression (RE2): the field is its first group, else all that it matches."
        " A cell that does not fit is an error.",
        "extract = 'REF-(\\d+)'",
    ),
    _key(
        "split",
        Takes.TEXT,
        "What separates the items of a list in the sheet; they become our semicolons.",
        'split = ","',
    ),
    _key(
        "values",
        Takes.MAP,
        "Their words to ours, for each item of a list. Our own words are understood too.",
        'values = { "Actif" = "approved", "Brouillon" = "draft" }',
    ),
    _key(
        "ignore_case",
        Takes.FLAG,
        "Whether ACTIF is Actif for `values` (true, unless given).",
        "ignore_case = false",
    ),
    _key(
        "unlisted",
        Takes.TEXT,
        "A value that `values` does not list: an error (unless given), or kept as it is.",
        'unlisted = "keep"',
        tuple(Unlisted),
    ),
    _key(
        "date_format",
        Takes.TEXT,
        "For start_date and end_date: how this column writes dates.",
        'date_format = "DD.MM.YYYY"',
    ),
    _key(
        "time",
        Takes.TEXT,
        "For start_date and end_date: the time of a date that has none (00:00, unless given).",
        'time = "23:59:59"',
    ),
    _key("default", Takes.TEXT, "What a blank cell means.", 'default = "draft"'),
)

SKIP_KEYS: Final = (
    _key("column", Takes.TEXT, "The column to look at.", 'column = "Statut"'),
    _key(
        "equals",
        Takes.TEXTS,
        "Skip the row where the cell is one of these; case does not matter.",
        'equals = ["Archivé", "Supprimé"]',
    ),
    _key("blank", Takes.FLAG, "Skip the row where the cell is blank.", "blank = true"),
    _key(
        "matches",
        Takes.TEXT,
        "Skip the row where this regular expression (RE2) is found in the cell.",
        "matches = '(?i)^total'",
    ),
)
