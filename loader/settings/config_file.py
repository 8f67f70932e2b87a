"""loader.toml: where it is looked for, and its profiles.

    [profile.default]          used when no profile is named
    sandbox_name = "dev"

    [profile.production]       used by --profile production; takes nothing over from default
    sandbox_name = "prod"

    [inbox]                    what a profile cannot hold is in tables of its own
    settle_seconds = 10

Only the first file found is read. A file or profile that was asked for by name must exist. Problems
are returned, all of them, not raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loader.settings.layers import Given, Layer, expanded, nearest, profile_layer
from loader.toml_file import read_toml

FILE_NAME = "loader.toml"
DEFAULT_PROFILE = "default"
TABLES = ("profile", "inbox", "schedule", "notify", "metrics", "log", "web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The file as a whole; `path` is None where there is none, `problem` says why it is useless."""

    path: Path | None = None
    tables: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""


def read_document(config: Given | None, *, folders: tuple[Path, ...]) -> Document:
    """Find the file (`config`, or loader.toml in `folders`) and read it."""
    path = _find(config, folders)
    if path is None:
        return Document()
    try:
        return Document(path=path, tables=read_toml(path)[0])
    except ValueError as error:
        asked = f" ({config.origin})" if config else ""
        return Document(path=path, problem=f"{path}{asked} {error}")


def config_layer(
    config: Given | None, profile: Given | None, *, folders: tuple[Path, ...]
) -> Layer:
    """Find the file (`config`, or loader.toml in `folders`) and read the profile asked for."""
    document = read_document(config, folders=folders)
    if document.problem:
        return _problem(document.problem)
    if document.path is not None:
        return _read_profile(document.tables, path=document.path, profile=profile)
    if profile is None:
        return Layer(values={})
    looked = " and ".join(str(folder / FILE_NAME) for folder in folders)
    return _problem(
        f"{profile.origin} {profile.value}: there is no {FILE_NAME} with profiles"
        f" (looked for {looked}; --config names another)"
    )


def _find(config: Given | None, folders: tuple[Path, ...]) -> Path | None:
    if config is not None:
        return expanded(str(config.value))
    found = (folder / FILE_NAME for folder in folders)
    return next((path for path in found if _may_be_there(path)), None)


def _may_be_there(path: Path) -> bool:
    """Say whether there is a file; where nobody lets us look, reading it says so."""
    try:
        return path.is_file()
    except OSError:
        return True


def _read_profile(document: Mapping[str, object], *, path: Path, profile: Given | None) -> Layer:
    problems = [
        f"{name} ({path}): no such table; at the top there may be {', '.join(TABLES)};"
        f" put settings under [profile.{DEFAULT_PROFILE}]"
        for name in document
        if name not in TABLES
    ]
    profiles = document.get("profile", {})
    if not isinstance(profiles, dict):
        return _problem(*problems, f"profile ({path}): [profile.NAME] tables are expected")
    name = str(profile.value) if profile else DEFAULT_PROFILE
    table = profiles.get(name)
    if table is None and profile is None:
        return Layer(values={}, problems=tuple(problems))
    if not isinstance(table, dict):
        return _problem(*problems, _no_profile(name, profiles, path=path, profile=profile))
    layer = profile_layer(table, origin=f"profile {name} in {path}", folder=path.parent)
    return Layer(values=layer.values, problems=(*problems, *layer.problems))


def _no_profile(
    name: str, profiles: Mapping[str, object], *, path: Path, profile: Given | None
) -> str:
    origin = f"{profile.origin} " if profile else ""
    tables = [key for key, value in profiles.items() if isinstance(value, dict)]
    there = f"it has {', '.join(tables)}" if tables else "it has none"
    return f"{origin}{name}: no such profile in {path}, {there}{nearest(name, tables)}"


def _problem(*problems: str) -> Layer:
    return Layer(values={}, problems=problems)
