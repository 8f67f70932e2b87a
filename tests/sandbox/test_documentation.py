"""docs/sandbox.md names every setting and every effect."""

import re
from dataclasses import fields
from pathlib import Path

from offer_sandbox import Effect, SandboxSettings

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text("utf-8")
NAMED = set(re.findall(r"`([\w-]+)`", PAGE))


def test_every_setting_is_explained() -> None:
    assert {field.name for field in fields(SandboxSettings)} - {"faults"} <= NAMED


def test_every_effect_is_explained() -> None:
    assert {str(effect) for effect in Effect} <= NAMED
