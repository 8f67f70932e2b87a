"""Make the settings from every layer, or raise one SettingsError that names every problem.

    flags > environment > profile in loader.toml > defaults

Nobody has to run a command twice to learn of the second mistake. A problem is one line: which
setting, where the value came from, what is expected. A secret is never repeated.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from loader.errors import SettingsError
from loader.journal_address import is_database
from loader.settings.config_file import Document, config_layer, read_document
from loader.settings.fields import APPLICATION, CREDENTIALS, SECRETS, Settings, accepted
from loader.settings.layers import Given, Layer, environment_layer, flag_layer, merged
from loader.settings.origin import flag, variable
from loader.settings.required import NO_ACCOUNT, missing, problem_message
from loader.settings.secrets import journal_keyring_layer, keyring_layer, secret_layer

LONGEST_VALUE_SHOWN = 200
_PLAIN_ADDRESS = re.compile(r"(?:\w+://)?[\w.-]*(?::\d*)?(?:/[\w./-]*)?", re.ASCII)
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
    if values.keys() & {"proxy_user", "proxy_password"} in ({"proxy_user"}, {"proxy_password"}):
        problems.append("proxy_user and proxy_password belong together: set both, or neither")
    if settings is not None and settings.settles_too_soon:
        problems.append(
            "settle_seconds is 0: with a journal in a database it must be above 0, because a"
            " request may leave until half of it has passed, and whoever takes over waits for that"
        )
    lacking: list[str] = []
    if needs_target:
        lacking = missing(values, reported={_name_in(problem) for problem in problems})
    if settings is None or problems or lacking:
        way_out = f"\n{NO_ACCOUNT}" if lacking else ""
        raise SettingsError(problem_message([*problems, *lacking]) + way_out)
    settings.remember(
        origins={name: given.origin for name, given in values.items()},
        notices=tuple(notice for layer in layers for notice in layer.notices),
        environment=environment,
    )
    return settings


def config_document(
    config: str | None = None, *, environment: Mapping[str, str] | None = None
) -> Document:
    """Give loader.toml as a whole, for what has tables of its own."""
    asked = _asked("--config", config, os.environ if environment is None else environment)
    document = read_document(asked, folders=_folders())
    if document.problem:
        raise SettingsError(problem_message([document.problem]))
    return document


def _folders() -> tuple[Path, ...]:
    return (Path(), user_config_path(APPLICATION, appauthor=False))


def _asked(name: str, value: str | None, environment: Mapping[str, str]) -> Given | None:
    in_environment = f"LOADER_{name.removeprefix('--').upper()}"
    if value is not None:
        return Given(value=value, origin=flag(name))
    if environment.get(in_environment):
        return Given(value=environment[in_environment], origin=variable(in_environment))
    return None


def _secret_layers(layers: Sequence[Layer]) -> list[Layer]:
    found = {name: secret_layer(name, layers) for name in sorted(SECRETS)}
    values = merged(layers)
    wants_keyring = "keyring" in values and str(values["keyring"].value).lower() in TRUE_WORDS
    if wants_keyring and not found["journal_password"].values:
        found["journal_password"] = journal_keyring_layer(values)
    credentials = [found[name] for name in CREDENTIALS]
    if wants_keyring and not any(layer.values or layer.problems for layer in credentials):
        return [*found.values(), keyring_layer(values)]
    return list(found.values())


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
    shown = "" if _may_be_secret(name, given.value) else f" = {_shown(given.value)}"
    expected = f"{accepted(name)} is expected"
    if detail["type"] == "value_error":
        expected = detail["msg"].removeprefix("Value error, ")
    return f"{name}{shown} ({given.origin}): {expected}"


def _may_be_secret(name: str, value: object) -> bool:
    """Say whether a value holds a secret: an address may that is more than host, port and path."""
    is_address = name == "proxy" or name.endswith("_url")
    if name == "journal" and is_database(str(value)):
        return True
    return name in SECRETS or (is_address and not _PLAIN_ADDRESS.fullmatch(str(value)))


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | Path) else repr(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[:LONGEST_VALUE_SHOWN]}…"


def _name_in(problem: str) -> str:
    """Return the name of the setting that a problem is about."""
    return problem.partition(" ")[0].rstrip(":")
