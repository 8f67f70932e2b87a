# ruff: noqa: E501 - prose and tables read best a paragraph or a row on a line
"""docs/mappings.md, made from the models of a mapping, and from templates/mappings."""

from collections.abc import Iterator

from pydantic import BaseModel

from loader.profile.long_form.groups import MOST_ROWS
from loader.profile.model import FieldRule, Profile, SkipRule
from loader.profile.parse import describe_accepted, keys_of
from loader.profile.template import FILTERS, LONGEST_TEMPLATE, MOST_STEPS
from loader.tables.written_dates import MONTHS
from loader.validation.fields import LONGEST_CELL

_START = """\
# Mappings: load a sheet that has its own columns

Use a mapping if your sheet was not made from our template and has its own headings and its own words. A mapping is a TOML
file that says what they mean; the sheet stays as it is. Headings that are known already
([columns](columns.md)) need no mapping.

`loader mapping FILE` looks at the sheet and writes a first mapping. What is certain is written as it is. What is only
likely (a heading that is *similar* to one of ours, a word that probably means one of ours) you confirm:

- On a terminal the loader asks one short question about each: Enter accepts the suggestion, a word is another answer, `-`
  leaves it out.
- With `--yes` it does not ask: it accepts the suggestions, and each such line ends in `# accepted, not confirmed`.
- Without a terminal such lines are comments, `# ?`, which do nothing until you remove the `# ?`. At the end the command
  lists what you must decide.

What only you can know is never guessed, not even with `--yes`:

- which of 01/02 is the month, or of 26/01/31 the year, if no date in the column shows it: `--date-format day-first`, `month-first`, `year-first` or a format;
- a placement that no column has: `--constant placement="Web banner"`;
- a column with a heading that says nothing: `--column content=Texte`, by its heading or letter;
- the time zone of the dates: `--zone Europe/Paris`.

`--sheet`, `--header-row`, `--encoding`, `--delimiter` and `--quoting` are also written into the mapping.

What holds for every mapping:

- A column is used as the mapping says; else by its heading, if that is known; else it must be in `ignore`, or be given by
  `--ignore-column`. All other columns are refused, all at once, with suggestions. A note lists the columns that are not read.
- Errors name the cells of *your* sheet, and the results keep your columns.
- Skipped rows are in the results as `skipped` and in the totals: nothing is left out silently. A rule does not skip a row whose
  cells cannot be trusted: the text of the cell is not known (a formula without a value, or below the first row of a merged
  area), a quote has swallowed rows, or cells may have shifted. Such a row is an error.
- A value that a map, a pattern or a date format does not know is an error of that row. It is never guessed.
- `mapping` (the path of a mapping) and `date_format` are [settings](settings.md): they may be in `loader.toml`.
- A stopped run is continued only with the same mapping: another mapping begins another run.
"""

_SESSION = """\
## From an export to offers in three commands

[samples/french-offers.csv](../samples/french-offers.csv) is what a French program exports: semicolons, cp1252, French
headings, days before months, placements by name. Copy it into a folder of yours. You need no account, because the
sandbox is built in, and you edit nothing by hand.

**1. Write a mapping.** Three things are only likely, and `--yes` accepts them: that *Emplacements* is the placement, that
*Actif* means approved and *Brouillon* draft. The dates themselves show that days come first. (Without `--yes` the loader
asks.)

```console
$ loader mapping french-offers.csv --yes --zone Europe/Paris
note: french-offers.csv: the text is not UTF-8 and was read as cp1252 (99% sure; cp1251 is possible too): "angue;Date de début;Date de fin;Suivi pa"; if that looks wrong, name it with --encoding [encoding-guessed]
wrote french-offers.toml
not read: column J "Suivi par" (--column FIELD=COLUMN, if it is a field)
3 of its lines are only likely: look for `accepted, not confirmed` in it
next: loader check french-offers.csv --mapping french-offers.toml
```

`french-offers.toml` now says:

```toml
# The mapping of "french-offers.csv".
# `loader explain mappings` lists all that can be said here.

date_format = "DD/MM/YYYY" # as the dates of the sheet show
zone = "Europe/Paris"

# Not read. Take out of the list what is a field.
ignore = ["Suivi par"]

[fields]
name = "Nom de l'offre"
description = "Descriptif"
status.from = "Statut"
status.values."Actif" = "approved" # accepted, not confirmed
status.values."Brouillon" = "draft" # accepted, not confirmed
placement = "Emplacements" # accepted, not confirmed
content = "Contenu"
delivery_url = "URL de l'image"
language = "Langue"
start_date = "Date de début"
end_date = "Date de fin"
```

**2. Check the sheet.** The loader shows what the first rows become; nothing is sent.

```console
$ loader check french-offers.csv --mapping french-offers.toml
french-offers.csv, as the mapping makes it:
field         from            row 2                             row 3                             row 4              row 5
name          Nom de l'offre  Livraison offerte                 Soldes d’été                      Bienvenue          Parrainage
description   Descriptif      Dès 50 € d’achat                                                    Pour les nouveaux
status        Statut          approved                          draft                             approved           draft
placement     Emplacements    Web banner                        Email image                       Web text           Web text
content       Contenu         <p>Livraison offerte dès 50 €</…                                    Œuvrons ensemble   Un ami, un cadeau ; c’est dit
delivery_url  URL de l'image                                    https://cdn.example.com/soldes.…
language      Langue          fr                                fr                                fr                 fr
start_date    Date de début   2026-02-01                        2026-06-24                        2026-04-03
end_date      Date de fin     2036-02-28                        2036-07-21

note: french-offers.csv: the text is not UTF-8 and was read as cp1252 (99% sure; cp1251 is possible too): "angue;Date de début;Date de fin;Suivi pa"; if that looks wrong, name it with --encoding [encoding-guessed]
note: french-offers.csv: not read: column J "Suivi par" [columns-ignored]
note: french-offers.csv: names of placements and tags, such as "Web banner", are looked up at load; `loader check french-offers.csv --online --mapping french-offers.toml` looks them up now (--sandbox: in the built-in sandbox) [looked-up-at-load]
note: french-offers.csv: start_date, end_date: sent, but probably not kept; fallback offers have neither dates nor a rank [no-effect]
note: french-offers.csv: end_date without a time is 00:00, so that day is not included; --set end_dates=end-of-day includes it [ends-at-midnight]
french-offers.csv: 4 rows, none invalid
```

**3. Load it**, here into the built-in sandbox; without `--sandbox`, [for real](../README.md).

```console
$ loader load french-offers.csv --mapping french-offers.toml --sandbox
note: french-offers.csv: the text is not UTF-8 and was read as cp1252 (99% sure; cp1251 is possible too): "angue;Date de début;Date de fin;Suivi pa"; if that looks wrong, name it with --encoding [encoding-guessed]
note: french-offers.csv: not read: column J "Suivi par" [columns-ignored]
note: french-offers.csv: start_date, end_date: sent, but probably not kept; fallback offers have neither dates nor a rank [no-effect]
note: french-offers.csv: end_date without a time is 00:00, so that day is not included; --set end_dates=end-of-day includes it [ends-at-midnight]
run 20261128-103701-069d: 4 read, 4 created
target   the embedded sandbox (~/.local/share/fallback-offer-loader/journal.sandbox.sqlite3)
journal  ~/.local/share/fallback-offer-loader/journal.sqlite3
results  french-offers.results.xlsx
```

Use the same mapping for next week's export. It can say more with the keys below: an offer is valid until the end of its last
day (`end_date = { from = "Date de fin", time = "23:59:59" }`), two columns make one text, some rows are totals.

## Three mappings to copy

| mapping | reads | shows |
|---|---|---|
| [french-crm.toml](../templates/mappings/french-crm.toml) | [french-crm.csv](../samples/french-crm.csv) | constants, a template, an extract, rows to skip |
| [german-campaigns.toml](../templates/mappings/german-campaigns.toml) | [german-campaigns.xlsx](../samples/german-campaigns.xlsx) | a sheet, value maps, defaults, an attribute |
| [english-content-hub.toml](../templates/mappings/english-content-hub.toml) | [english-content-hub.csv](../samples/english-content-hub.csv) | the long form: a row for each representation |

```console
$ loader load french-crm.csv --mapping french-crm.toml --sandbox
note: french-crm.csv: not read: column I "Notes internes" [columns-ignored]
note: french-crm.csv: 2 rows are skipped, as the mapping says: row 4, row 6 [rows-skipped]
note: french-crm.csv: start_date, end_date: sent, but probably not kept; fallback offers have neither dates nor a rank [no-effect]
run 20261128-103702-29b8: 5 read, 2 skipped, 3 created
target   the embedded sandbox (~/.local/share/fallback-offer-loader/journal.sandbox.sqlite3)
journal  ~/.local/share/fallback-offer-loader/journal.sqlite3
results  french-crm.results.xlsx
```
"""

_LONG_FORM = """\
## Long form

Some exports have a row for each representation instead of numbered columns: `rows = "per-representation"`,
and `key` names the column (or columns) that the rows of one offer share.

| Offer ref | Offer | State | Slot | Locale | Body | |
|---|---|---|---|---|---|---|
| OF-1001 | Free shipping | Live | Web banner | en-US | `<p>Free …</p>` | ┐ one offer, |
| OF-1001 |  |  | Web banner | es-US | `<p>Envío …</p>` | │ three |
| OF-1001 |  |  | Email image |  |  | ┘ representations |
| OF-1002 | Summer sale | In review | Web text | en-US | `Up to 50 % off` | the next offer |

- What belongs to the whole offer (`name`, `status`, `tags`, dates, `attr:…`) is in one of its rows, usually
  the first. In the other rows it is blank or the same; anything else is an error that names both cells.
- What belongs to a representation (`placement`, `type`, `content`, `delivery_url`, `link_url`, `channel`,
  `format`, `language`) belongs to its row. Rows with the same placement are its languages.
- The rows of an offer follow one another, within @MOST@ rows of the sheet. A key that occurs again
  further below is an error, and none of its rows is sent: sort the sheet by that column. A blank key is also an
  error, and the offer above that row is not sent without it.
- An offer is sent with all of its rows or not at all. If one of them is wrong, the others name it
  (`part-of-invalid`), and `--failed-only` writes all of them, to be fixed and loaded as they are.
- `skip` rules look at each row alone: a skipped row is left out of its offer, but does not divide it.
- In the totals an offer counts once, and its other rows are `parts`. The results have every row, each with
  the state and the ids of its offer; `part_of` is the row number of the offer's first row.
- The file is read twice, because repeated keys must be known before the first row is checked.

```console
$ loader load english-content-hub.csv --mapping english-content-hub.toml --sandbox
note: english-content-hub.csv: not read: column N "Owner" [columns-ignored]
note: english-content-hub.csv: 1 row is skipped, as the mapping says: row 6 [rows-skipped]
note: english-content-hub.csv: start_date, end_date: sent, but probably not kept; fallback offers have neither dates nor a rank [no-effect]
run 20261128-103704-5f4f: 7 read, 1 skipped, 3 created, 3 parts
target   the embedded sandbox (~/.local/share/fallback-offer-loader/journal.sandbox.sqlite3)
journal  ~/.local/share/fallback-offer-loader/journal.sqlite3
results  english-content-hub.results.xlsx
```
"""

_FIELDS = """\
`[fields]` says where each field comes from. `name = "Titre"` is short for `name = { from = "Titre" }`. Each
field has exactly one of `from`, `constant` and `template`. The steps have this order: join or template, `extract`,
`split`, `values`, numbers and dates, `default`. A field with only `from` and one column is sent exactly as it is in the sheet.
"""


def mappings_page() -> str:
    """Return docs/mappings.md."""
    return "\n".join(
        [
            _START,
            _SESSION,
            *_keys("Keys of the file", Profile),
            "## Fields",
            "",
            _FIELDS,
            *_keys("Keys of a field", FieldRule),
            *_keys("Keys of a `[[skip]]` rule", SkipRule),
            _LONG_FORM.replace("@MOST@", str(MOST_ROWS)),
            *_dates(),
            *_templates(),
        ]
    )


def _keys(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield from (f"## {title}", "", "| key | what it does | takes | example |", "|---|---|---|---|")
    for name, key in keys_of(model).items():
        example = str((key.examples or [""])[0]).replace("\n", " ⏎ ").replace("|", "\\|")
        yield f"| `{name}` | {key.description} | {describe_accepted(key)} | `{example}` |"
    yield ""


def _dates() -> Iterator[str]:
    months = ", ".join("/".join(names[:1]) for names in MONTHS[:2])
    yield from (
        "## Date formats",
        "",
        (
            "`YYYY` or `YY` (2000 to 2099), `MM` or `M`, `MMM` or `MMMM` (names in English, French "
            f"and German, whole or short: {months} …), `DD` or `D`, `HH`, `mm`, `ss`, `AM/PM`, `Z` "
            "(offset); upper and lower case are the same. As in a spreadsheet, m means minutes after "
            "hours or before seconds. Put other words in single quotes: `DD.MM.YYYY HH:mm 'Uhr'`. "
            "The directives of strptime also work: `%d/%m/%Y`."
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
