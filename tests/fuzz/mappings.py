"""Target: mappings and `loader.toml`, spoiled by their structure and as text.

A check ends with 0, 1 or 2 in words, soon and in little memory, whatever stands in them; where the
mapping can be used, each row of the sheet is counted once.
"""

import datetime
import json
import os
import random
import shutil
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from loader.__main__ import main
from tests.fuzz.documents import spoil_document
from tests.fuzz.mutate import MUTATORS
from tests.fuzz.target import demand

HERE = Path(__file__).parents[2]
RICH = """\

date_format = "DD/MM/YYYY HH:mm"
zone = "Europe/Paris"
ignore = "*"
[[skip]]
column = "Etat"
equals = ["Archivé"]
[[skip]]
column = "column A"
matches = '(?i)^total'
[[skip]]
column = "Référence"
blank = true
[fields]
name = { from = ["Nom de l'offre", "Référence"], join = " – " }
placement = { constant = "dps:offer-placement:1a24dc4342f2e21e" }
"placement_2" = { constant = "dps:offer-placement:1a24dc4342f2e21f" }
"type_2" = { constant = "html" }
"content_2" = { from = "Texte", default = "x" }
type = { constant = "json" }
"attr:Origine" = { template = "{% for t in titre|items(',') %}{{ t|upper }}{% endfor %}" }
status = { from = "Etat", values = { "Actif" = "approved" }, unlisted = "error", default = "draft" }
start_date = { from = "Valable du", date_format = "%d/%m/%Y", time = "08:00" }
[fields.tags]
from = "Titre"
split = ","
values = { "a" = "b" }
unlisted = "keep"
ignore_case = false
[fields.content]
template = '{"a": {{ titre|tojson }}, "b": {{ row["Texte"]|truncate(5)|tojson }}}'
escape = "json"
"""
TEXTS = (
    *("{{ titre }}", "{{ titre * 99 }}", "{{ titre|tojson|tojson|tojson }}", "{{", "{% for %}"),
    *("{% for a in titre|items('') %}{% for b in titre|items(' ') %}x{% endfor %}{% endfor %}",),
    *(
        "{{ row['Texte'].__class__ }}",
        "{{ titre|truncate(99999999) }}",
        "{{ titre|replace('', 'xx') }}",
    ),
    *(
        "{{ titre|join(titre|join(titre)) }}",
        "{% if titre %}a{% else %}b{% endif %}",
        "{{ 9**9**9 }}",
    ),
    *("{{ 'x'|capitalize|title|first|last }}", "{{ titre|urlencode|e|escape }}", "{% raw %}{{"),
    *(
        "(a+)+$",
        "(",
        "(?P<a>.)(?P<a>.)",
        "a{1,1000}{1,1000}",
        ".*",
        "\\pL",
        "(?i)x|",
        "[",
        "(.)\\1",
    ),
    *("DD/MM/YYYY", "%Q", "YYYY-MM-DD HH:mm:ss Z", "'", "mm", "%", "MMMM D", "DD" * 200, "Z" * 9),
    *(
        "Europe/Paris",
        "Mars/Olympus",
        "../../etc/passwd",
        "24:00",
        "23:59:60",
        "column ZZZ",
        "column C",
    ),
    *(
        "per-representation",
        "per-offer",
        "cp1252",
        "utf-7",
        "idna",
        "rot13",
        "undefined",
        "html",
        "*",
    ),
    *("Titre", "Nom de l'offre", "Etat", "attr:", "attr:x", "placement_99", "language_2", "tab"),
)
NAMES = ("content_3", "type_2", "tags", "attr:Kampagne", "start_date", "values", "from", "template")
LARGEST_SETTINGS = ("deploy/loader.toml", "deploy/loader.container.toml")


class Mappings:
    """Checks samples with mappings that nobody meant."""

    def __init__(self) -> None:
        templates, samples = HERE / "templates/mappings", HERE / "samples"
        pairs = (
            ("french-crm.toml", "french-crm.csv"),
            ("german-campaigns.toml", "german-campaigns.xlsx"),
            ("english-content-hub.toml", "english-content-hub.csv"),
        )
        self._mappings = [
            *(((templates / name).read_text("utf-8"), samples / sheet) for name, sheet in pairs),
            *[(RICH, samples / "french-crm.csv")] * 2,
        ]
        self._settings = [(HERE / name).read_text("utf-8") for name in LARGEST_SETTINGS]

    def attempt(self, dice: random.Random, folder: Path) -> str:
        """Check one sheet."""
        if dice.random() < 0.15:
            text, sheet = dice.choice(self._settings), HERE / "samples/offers.csv"
            name, more = "loader.toml", dice.choice(([], ["--profile", "production"]))
        else:
            text, sheet = dice.choice(self._mappings)
            name, more = "mapping.toml", ["--mapping", "mapping.toml"]
        (folder / name).write_bytes(spoiled(dice, text))
        shutil.copy(sheet, folder / sheet.name)
        code, out, said = self._checked(folder, sheet.name, *more)
        demand(code in {0, 1, 2}, f"exit code {code}: {said[-1_500:]}")
        demand("Traceback" not in said, said[-1_500:])
        demand(len(said) < 20_000, f"{len(said)} characters are said")
        if code == 2:
            demand(bool(said.strip()), "refused without a word")
            return f"{name}: refused"
        rows = sum(sheet["read"] for sheet in json.loads(out)["sheets"])
        demand(rows > 0, out[:500])
        return f"{name}: ended with {code}"

    def _checked(self, folder: Path, *arguments: str) -> tuple[int, str, str]:
        out, said = StringIO(), StringIO()
        before = Path.cwd()
        os.chdir(folder)
        try:
            with (
                patch.dict(os.environ, {"HOME": str(folder)}),
                redirect_stdout(out),
                redirect_stderr(said),
            ):
                code = main(["check", *arguments, "--no-annotate", "--json"])
        finally:
            os.chdir(before)
        return code, out.getvalue(), said.getvalue()

    def close(self) -> None:
        """Nothing was started."""


def spoiled(dice: random.Random, text: str) -> bytes:
    """Spoil the document, or (seldom) its text."""
    if dice.random() < 0.15:
        return dice.choice(MUTATORS)(dice, text.encode())
    document = tomllib.loads(text)
    more = [*TEXTS, *({name: dice.choice(TEXTS)} for name in NAMES)]
    document = spoil_document(dice, document, more=more, times=(1, 1, 1, 2))
    document = document if isinstance(document, dict) else {"fields": document}
    return written(document).encode("utf-8", "surrogatepass")


def written(document: dict[str, Any]) -> str:
    """Write TOML: each top-level key on a line, tables inline."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in document.items())


def _key(key: object) -> str:
    return json.dumps(str(key), ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | datetime.date | datetime.time):
        return str(value)
    return _key("" if value is None else value)
