"""Who gave which value: layers of given values, the strongest first.

A value keeps its origin to the end, so that every message and `loader doctor` can name it. A name
that does not exist is a problem that suggests the nearest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from loader.journal_address import DatabaseAddress, is_database
from loader.setting_names import OLDER_NAMES, flag_of
from loader.settings.fields import NAMES, PATHS, SECRETS
from loader.settings.origin import Origin, OriginKind, flag, variable

PREFIX = "LOADER_"
KNOWN = frozenset({*NAMES, *OLDER_NAMES})
OTHER_VARIABLES = (
    "LOADER_CONFIG",
    "LOADER_PROFILE",
    "LOADER_WEBHOOK_URL",
    "LOADER_WEBHOOK_URL_FILE",
    "LOADER_SMTP_PASSWORD",
    "LOADER_SMTP_PASSWORD_FILE",
    "LOADER_SQL_URL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that someone gave, as they wrote it, and where."""

    value: object
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The values of one giver, and what is wrong with their names."""

    values: Mapping[str, Given]
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def merged(layers: Sequence[Layer]) -> dict[str, Given]:
    """Give the strongest value of each name."""
    result: dict[str, Given] = {}
    for layer in layers:
        for name, given in layer.values.items():
            result.setdefault(name, given)
    return result


def flag_layer(flags: Mapping[str, object], assignments: Sequence[str]) -> Layer:
    """Read the named flags and the `--set NAME=VALUE` ones, which are the stronger."""
    values = {
        name: Given(value=value, origin=flag(flag_of(name)))
        for name, value in flags.items()
        if value is not None
    }
    problems = []
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            problems.append(f"--set {name[:40]}: NAME=VALUE is expected")
        elif name in SECRETS:
            problems.append(f"--set {name}: {_secret_advice(name, 'a command line')}")
        elif name not in KNOWN:
            problems.append(f"--set {name}: no such setting{nearest(name, NAMES)}")
        else:
            values[name] = Given(value=value, origin=flag(f"--set {name}"))
    problems += _passwords_in_addresses(values, "a command line")
    return _layer(values, problems, folder=Path())


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Read the LOADER_ variables. An empty one counts as not set.

    A variable that is nearly one of ours is a problem; any other LOADER_ variable may belong to
    another program and is only mentioned.
    """
    values, problems, notices = {}, [], []
    known = {PREFIX + name.upper(): name for name in KNOWN}
    shown = [PREFIX + name.upper() for name in NAMES]
    for variable_name, value in sorted(environment.items()):
        if not variable_name.startswith(PREFIX) or not value or variable_name in OTHER_VARIABLES:
            continue
        if variable_name in known:
            values[known[variable_name]] = Given(value=value, origin=variable(variable_name))
        elif match := nearest(variable_name, shown, likeness=0.75):
            problems.append(f"{variable_name} (environment): no such setting{match}")
        else:
            notices.append(
                f"{variable_name} (environment) is no setting of the loader and is ignored"
                " [unknown-variable]"
            )
    return _layer(values, problems, folder=Path(), notices=notices)


def profile_layer(table: Mapping[str, object], *, origin: str, folder: Path) -> Layer:
    """Read a profile of loader.toml; its relative paths start at the file's `folder`."""
    values, problems = {}, []
    for name, value in table.items():
        if name in SECRETS:
            problems.append(f"{name} ({origin}): {_secret_advice(name, 'loader.toml')}")
        elif name not in KNOWN:
            problems.append(f"{name} ({origin}): no such setting{nearest(name, NAMES)}")
        else:
            values[name] = Given(value=value, origin=Origin(OriginKind.PROFILE, origin))
    problems += _passwords_in_addresses(values, "loader.toml")
    return _layer(values, problems, folder=folder)


def nearest(name: str, names: Iterable[str], *, likeness: float = 0.6) -> str:
    """Suggest the nearest of `names`, as the end of a sentence; "" where none is near."""
    own = {candidate.removeprefix(PREFIX).lower(): candidate for candidate in names}
    match = get_close_matches(name.removeprefix(PREFIX).lower(), own, n=1, cutoff=likeness)
    return f"; did you mean {own[match[0]]}?" if match else ""


def _layer(
    values: Mapping[str, Given],
    problems: Sequence[str],
    *,
    folder: Path,
    notices: Sequence[str] = (),
) -> Layer:
    """Return a layer of values under the names of now; relative paths start at `folder`."""
    renamed = dict(values)
    contradictions = []
    for old, name in OLDER_NAMES.items():
        given = renamed.pop(old, None)
        if given is None:
            continue
        if name not in renamed:
            origin = given.origin
            if origin.kind is OriginKind.PROFILE:  # else its text has the name
                origin = Origin(origin.kind, f"{old} of {origin}")
            renamed[name] = Given(value=given.value, origin=origin)
        elif renamed[name].value != given.value:
            contradictions.append(
                f"{name} ({renamed[name].origin}) and its older name {old} ({given.origin}) have"
                f" different values; keep {name}"
            )
    return Layer(
        values=_with_paths(renamed, folder),
        problems=(*problems, *contradictions),
        notices=tuple(notices),
    )


def _secret_advice(name: str, where: str) -> str:
    return (
        f"a secret does not belong in {where}; set {PREFIX}{name.upper()},"
        f" or put it into a file of its own and set {name}_file"
    )


def _passwords_in_addresses(values: Mapping[str, Given], where: str) -> list[str]:
    given = values.get("journal")
    if given is None or not isinstance(given.value, str) or not is_database(given.value):
        return []
    try:
        has_password = bool(DatabaseAddress.parse(given.value).password)
    except ValueError:
        return []  # the value itself is reported
    advice = _secret_advice("journal_password", where)
    return [f"journal ({given.origin}): its address has a password; {advice}"] * has_password


def _with_paths(values: Mapping[str, Given], folder: Path) -> dict[str, Given]:
    """Turn the paths among the values into ones that mean the same from everywhere."""
    result = dict(values)
    for name in PATHS & result.keys():
        given = result[name]
        if isinstance(given.value, str) and given.value.strip() and not is_database(given.value):
            result[name] = Given(value=_rooted(given.value, folder), origin=given.origin)
    return result


def _rooted(path: str, folder: Path) -> Path:
    return folder / expanded(path)


def expanded(path: str) -> Path:
    """Return a path whose "~" is the home it means, if there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # "~name" of somebody who has no home here
        return Path(path)
