"""Every word that a page or a script asks for is there."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from loader.web.shown_runs import STATUSES

WEB = Path(str(files("loader.web")))
WORDS = tomllib.loads((WEB / "page_words.toml").read_text("utf-8"))
SAID = re.compile(r"\bsay\(\s*[\"']([\w.-]+)[\"']\s*[,)]")
PART = re.compile(r"\bsay\(\s*f?[\"']([\w.-]+)\.(?:[\"'] ~|\{)")
ASKED = re.compile(r"\bword\(\s*\"([\w.-]+)\"")


def sources(*suffixes: str) -> Iterator[str]:
    for path in sorted(WEB.rglob("*")):
        if path.suffix in suffixes:
            yield path.read_text("utf-8")


def found(key: str) -> Any:
    here: Any = WORDS
    for part in key.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def of_scripts() -> set[str]:
    tables = [WORDS["script"], *(page.get("script", {}) for page in WORDS.values())]
    return {name for table in tables for name in table}


def test_every_word_of_a_page_is_there() -> None:
    said = {key for text in sources(".html", ".py") for key in SAID.findall(text)}
    tables = {key for text in sources(".html", ".py") for key in PART.findall(text)}

    assert {key for key in said if found(key) is None} == set()
    assert {key for key in tables if not isinstance(found(key), Mapping)} == set()


def test_every_word_of_a_script_is_there() -> None:
    asked = {key for text in sources(".js") for key in ASKED.findall(text)}

    assert asked - of_scripts() == set()


def test_a_status_has_one_word_or_the_manual_names_both() -> None:
    manual = " ".join((Path(__file__).parents[2] / "docs/results.md").read_text("utf-8").split())
    words = {status: WORDS["status"][status] for status in STATUSES}

    both = {f"`{status}` *{word}*" for status, word in words.items() if status != word}
    assert words["invalid"] == "invalid"
    assert {each for each in both if each not in manual} == set()
