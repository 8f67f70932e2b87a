"""No uncertainty of the API is forgotten by the tests that draw a server at random."""

import random
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from offer_sandbox import SandboxSettings, random_settings
from offer_sandbox.drawn_settings import DRAWN, NOT_DRAWN

KINDS = get_type_hints(SandboxSettings)


def test_every_setting_is_drawn_or_is_named_with_the_reason() -> None:
    for field in fields(SandboxSettings):
        assert (field.name in DRAWN) is not (NOT_DRAWN.get(field.name, "") != ""), field.name


def test_every_value_of_a_drawn_setting_is_drawn() -> None:
    for name, values in DRAWN.items():
        missing = set(_values(KINDS[name])) - set(values)

        assert all(NOT_DRAWN.get(f"{name}={value}") for value in missing), name
        assert getattr(SandboxSettings(), name) in values
        assert len(values) > 1, name


def test_nothing_is_named_that_does_not_exist() -> None:
    known = {field.name for field in fields(SandboxSettings)}

    assert {name.partition("=")[0] for name in (*DRAWN, *NOT_DRAWN)} == known


def test_each_value_comes_up_and_what_is_given_stays() -> None:
    servers = [random_settings(random.Random(seed), create_status=202) for seed in range(300)]

    assert {one.create_status for one in servers} == {202}
    for name, values in DRAWN.items():
        if name != "create_status":
            assert {getattr(one, name) for one in servers} == set(values)


def _values(kind: Any) -> tuple[Any, ...]:
    if kind is bool:
        return (False, True)
    return get_args(kind) if get_origin(kind) is Literal else ()
