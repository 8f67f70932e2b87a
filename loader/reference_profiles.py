# ruff: noqa: E501 - prose and tables read best a paragraph or a row on a line
"""docs/profiles.md, made from the keys that a profile may have, and from templates/profiles."""

from collections.abc import Iterable, Iterator

from loader.profile.date_format import MONTHS
from loader.profile.keys import FIELD_KEYS, FILE_KEYS, SKIP_KEYS, Key
from loader.profile.template import FILTERS, LONGEST_TEMPLATE, MOST_STEPS
from loader.sheet.schema import LONGEST_CELL

_START = """\
# Column profiles: sheets with columns of their own

A sheet that was not made from our template has its own headings and its own words. A column profile is a
TOML file that says what they mean; the sheet stays as it is. Headings that are known already
([columns](columns.md)) need no profile.

```console
loader profile export.csv
loader check export.csv --profile-file export.toml
loader load export.csv --profile-file export.toml
```

`loader profile` writes a first profile: headings that are known as facts, what is only likely as questions
(`# ?`) for you to decide. `loader check` shows what the first rows become. Errors name the cells of *your* sheet, and the results keep
your columns. Or copy [templates/profiles/french-crm.toml](../templates/profiles/french-crm.toml), which
reads [samples/french-crm.csv](../samples/french-crm.csv): a semicolon-separated cp1252 export with French
headings and day-first dates; or [templates/profiles/german-campaigns.toml](../templates/profiles/german-campaigns.toml)
for the workbook [samples/german-campaigns.xlsx](../samples/german-campaigns.xlsx).

What holds for every profile:

- A column is taken as the profile says; else by its heading, if that is known; else it must be in `ignore`.
  Anything else is refused, all at once, with suggestions. A note lists the columns that are not read.
- Skipped rows are in the results as `skipped` and in the totals: nothing is left out silently.
- A value that a map, a pattern or a date format does not know is an error of that row. It is never guessed.
- `profile_file` and `date_format` are [settings](settings.md): they can stand in `loader.toml`.
- What a run was read with decides whether a stopped run is continued: another profile begins another run.
"""

_SESSION = """\
## A session

The sample export, with the profile to copy; nothing else is needed, because the sandbox is built in:

```console
$ loader load samples/french-crm.csv --profile-file templates/profiles/french-crm.toml --sandbox
note: samples/french-crm.csv: not read: column I "Notes internes" [columns-ignored]
note: samples/french-crm.csv: 2 rows are skipped, as the profile says: row 4, row 6 [rows-skipped]
run 20261125-061019-0fbc: 5 read, 2 skipped, 3 created
```
"""

_FIELDS = """\
`[fields]` says where each field comes from. `name = "Titre"` is short for `name = { from = "Titre" }`. Each
field has exactly one of `from`, `constant` and `template`. What is done to it happens in this order: join or
template, `extract`, `split`, `values`, dates, `default`. A field taken `from` one column without more is sent
as it stands in the sheet.
"""


def profiles_page() -> str:
    """Return docs/profiles.md."""
    return "\n".join(
        [
            _START,
            _SESSION,
            *_keys("Keys of the file", FILE_KEYS),
            "## Fields",
            "",
            _FIELDS,
            *_keys("Keys of a field", FIELD_KEYS),
            *_keys("Keys of a `[[skip]]` rule", SKIP_KEYS),
            *_dates(),
            *_templates(),
        ]
    )


def _keys(title: str, keys: Iterable[Key]) -> Iterator[str]:
    yield from (f"## {title}", "", "| key | what it does | takes | example |", "|---|---|---|---|")
    for key in keys:
        example = key.example.replace("\n", " ⏎ ").replace("|", "\\|")
        yield f"| `{key.name}` | {key.meaning} | {key.expected} | `{example}` |"
    yield ""


def _dates() -> Iterator[str]:
    months = ", ".join("/".join(names[:1]) for names in MONTHS[:2])
    yield from (
        "## Date formats",
        "",
        (
            "`YYYY` or `YY` (2000 to 2099), `MM` or `M`, `MMM` or `MMMM` (names in English, French "
            f"and German, whole or short: {months} …), `DD` or `D`, `HH`, `mm`, `ss`, `AM/PM`, `Z` "
            "(offset); upper and lower case are equal. As in a spreadsheet, m means minutes after "
            "hours or before seconds. Other words stand in single quotes: `DD.MM.YYYY HH:mm 'Uhr'`. "
            "The directives of strptime do too: `%d/%m/%Y`."
        ),
        "",
    )


def _templates() -> Iterator[str]:
    yield from (
        "## Templates",
        "",
        (
            'A small part of Jinja2: `{{ name }}`, `{{ row["Heading"] }}`, `if`, and `for` over the '
            "items of a cell (`{% for tag in tags|items(',') %}`). The name of a cell is its heading "
            "in small letters without accents, with `_` for all else: *Nom de l'offre* is "
            "`nom_de_l_offre`. Nothing can be called, assigned, imported or looked into."
        ),
        "",
        f"Filters: {', '.join(f'`{name}`' for name in FILTERS)}.",
        "",
        (
            f"Limits: {LONGEST_TEMPLATE:,} characters of template, {MOST_STEPS:,} steps of loops and "
            f"{LONGEST_CELL:,} characters of text for each row."
        ),
        "",
    )
