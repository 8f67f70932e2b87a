"""Every word of the pages, from `page_words.toml`: one table for each page.

A text may hold {names}. A table with `one` and `other` is chosen from by `count`. The words that a
script needs are in the table `script` of its page.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files("loader.web").joinpath("page_words.toml").read_text("utf-8"))


def say(key: str, **values: object) -> str:
    """Return a text by its name, like "start.title"."""
    found = _found(key)
    if isinstance(found, Mapping):
        found = found["one" if values.get("count") == 1 else "other"]
    shown = {name: _shown(value) for name, value in values.items()}
    return str(found).format_map(shown)


def may_say(key: str) -> str:
    """Return a text, or "" where there is none of that name."""
    try:
        found = _found(key)
    except KeyError:
        return ""
    return found if isinstance(found, str) else ""


def sentence(text: str) -> str:
    """Return a text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def words_of(key: str) -> Mapping[str, str]:
    """Return a table of texts."""
    found: Mapping[str, str] = _found(key)
    return found


def script_words(page: str) -> Mapping[str, Any]:
    """Return the words that the scripts of a page need, and those of every script."""
    common: Mapping[str, Any] = _words()["script"]
    return {**common, **_words().get(page, {}).get("script", {})}


def _found(key: str) -> Any:
    found: Any = _words()
    for part in key.split("."):
        found = found[part]
    return found


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
