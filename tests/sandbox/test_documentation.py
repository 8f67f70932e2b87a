"""docs/sandbox.md names every setting and every effect."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from offer_sandbox import Coding, EchoForm, Effect, SandboxSettings, Shape, Spelling

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text("utf-8")
NAMED = set(re.findall(r"`([\w-]+)`", PAGE))


def test_every_setting_is_explained() -> None:
    assert {field.name for field in fields(SandboxSettings)} - {"faults"} <= NAMED


def test_every_effect_is_explained() -> None:
    assert {str(effect) for effect in Effect} <= NAMED


def test_every_value_of_a_choice_is_explained() -> None:
    choices = [get_args(kind) for kind in get_type_hints(SandboxSettings).values()]
    words = {word for choice in choices for word in choice if isinstance(word, str)}

    assert words <= NAMED
    assert {str(word) for kind in (Shape, Coding, EchoForm, Spelling) for word in kind} <= NAMED
