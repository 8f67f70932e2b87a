"""Make the settings from every layer, or raise one SettingsError that names every problem.

    flags > environment > profile in loader.toml > defaults

Rules: nobody has to run a command twice to learn of the second mistake; a problem is one line:
which setting, where the value came from, what is expected. A secret is never repeated.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from loader.errors import SettingsError
from loader.settings.config_file import Document, config_layer, read_document
from loader.settings.fields import APPLICATION, SECRETS, Settings, accepted
from loader.settings.layers import Given, Layer, environment_layer, flag_layer, merged
from loader.settings.secrets import keyring_layer, secret_layer

LONGEST_VALUE_SHOWN = 200
TRUE_WORDS = frozenset({"true", "yes", "on", "1"})


def load_settings(
    *,
    flags: Mapping[str, object] | None = None,
    assignments: Sequence[str] = (),
    config: str | None = None,
    profile: str | None = None,
    environment: Mapping[str, str] | None = None,
    needs_target: bool = False,
) -> Settings:
    """Make the settings. `flags` are by name of the setting; None there means not given.

    `needs_target`: what is missing to reach the API is a problem too.
    """
    environment = os.environ if environment is None else environment
    layers = (
        flag_layer(flags or {}, assignments),
        environment_layer(environment),
        config_layer(
            _asked("--config", config, environment),
            _asked("--profile", profile, environment),
            folders=_folders(),
        ),
    )
    secrets = _secret_layers(layers)
    values = {
        **{name: given for name, given in merged(layers).items() if name not in SECRETS},
        **merged(secrets),
    }
    problems = [problem for layer in (*layers, *secrets) for problem in layer.problems]
    settings = _validated(values, problems)
    if needs_target:
        problems += _missing(values, problems)
    if settings is None or problems:
        raise SettingsError(_message(problems))
    settings.remember(
        origins={name: given.origin for name, given in values.items()},
        notices=tuple(notice for layer in layers for notice in layer.notices),
    )
    return settings


def config_document(
    config: str | None = None, *, environment: Mapping[str, str] | None = None
) -> Document:
    """Give loader.toml as a whole, for what stands in tables of its own."""
    asked = _asked("--config", config, os.environ if environment is None else environment)
    document = read_document(asked, folders=_folders())
    if document.problem:
        raise SettingsError(_message([document.problem]))
    return document


def _folders() -> tuple[Path, ...]:
    return (Path(), user_config_path(APPLICATION, appauthor=False))


def _asked(flag: str, value: str | None, environment: Mapping[str, str]) -> Given | None:
    variable = f"LOADER_{flag.removeprefix('--').upper()}"
    if value is not None:
        return Given(value=value, origin=flag)
    if environment.get(variable):
        return Given(value=environment[variable], origin=variable)
    return None


def _secret_layers(layers: Sequence[Layer]) -> list[Layer]:
    found = [secret_layer(name, layers) for name in sorted(SECRETS)]
    values = merged(layers)
    wants_keyring = "keyring" in values and str(values["keyring"].value).lower() in TRUE_WORDS
    if wants_keyring and not any(layer.values or layer.problems for layer in found):
        found.append(keyring_layer(values))
    return found


def _validated(values: Mapping[str, Given], problems: list[str]) -> Settings | None:
    """Make the settings; what is wrong with a value is added to `problems`."""
    raw: dict[str, Any] = {name: given.value for name, given in values.items()}
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        # A default made from other settings is not made where those are wrong: nobody gave it.
        problems += [_problem(detail, values) for detail in details if detail["loc"][0] in values]
        return None


def _problem(detail: ErrorDetails, values: Mapping[str, Given]) -> str:
    name = str(detail["loc"][0])
    given = values[name]
    shown = "" if name in SECRETS else f" = {_shown(given.value)}"
    expected = f"{accepted(name)} is expected"
    if detail["type"] == "value_error":
        expected = detail["msg"].removeprefix("Value error, ")
    return f"{name}{shown} ({given.origin}): {expected}"


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | Path) else repr(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[:LONGEST_VALUE_SHOWN]}…"


def _missing(values: Mapping[str, Given], problems: Sequence[str]) -> list[str]:
    """Name what is missing to reach the API, unless a problem already speaks of it."""
    told = {problem.partition(" ")[0].rstrip(":") for problem in problems}
    missing = [
        f"{name} is not set: give LOADER_{name.upper()}, or {name} in a profile of loader.toml"
        for name in ("org_id", "sandbox_name", "client_id")
        if name not in values and name not in told
    ]
    ways = {*SECRETS, *(f"{name}_file" for name in SECRETS), "keyring"}
    if not SECRETS & values.keys() and not ways & told:
        missing.append(
            "client_secret is not set: give LOADER_CLIENT_SECRET or LOADER_CLIENT_SECRET_FILE"
            " (or a ready token in LOADER_ACCESS_TOKEN)"
        )
    return missing


def _message(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return f"a setting cannot be used: {problems[0]}"
    lines = "".join(f"\n  - {problem}" for problem in problems)
    return f"{len(problems)} settings cannot be used:{lines}"
