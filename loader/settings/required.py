"""What must be set before the API can be reached."""

from collections.abc import Collection
from typing import Final

from loader.errors import SettingsError
from loader.settings.fields import CREDENTIALS, Settings

NO_ACCOUNT: Final = (
    "No account yet? --sandbox uses the built-in sandbox, which needs no settings (check, load,"
    " placements, pull, plan, apply, watch, web)."
)
_NEEDED = ("org_id", "sandbox_name", "client_id")


def missing(given: Collection[str], *, reported: Collection[str] = ()) -> list[str]:
    """Return a line for each setting that is not among `given`, unless it is `reported` already."""
    found = [
        f"{name} is not set: give LOADER_{name.upper()}, or {name} in a profile of loader.toml"
        for name in _NEEDED
        if name not in given and name not in reported
    ]
    ways = {*CREDENTIALS, *(f"{name}_file" for name in CREDENTIALS), "keyring"}
    if not CREDENTIALS & set(given) and not ways & set(reported):
        found.append(
            "client_secret is not set: give LOADER_CLIENT_SECRET or LOADER_CLIENT_SECRET_FILE"
            " (or a ready token in LOADER_ACCESS_TOKEN)"
        )
    return found


def require_target(settings: Settings) -> None:
    """Raise one `SettingsError` that names everything missing to reach the API."""
    problems = missing([name for name, value in settings if value is not None])
    if problems:
        raise SettingsError(f"{problem_message(problems)}\n{NO_ACCOUNT}")


def problem_message(problems: Collection[str]) -> str:
    """Return the message about settings that cannot be used."""
    if len(problems) == 1:
        return f"a setting cannot be used: {next(iter(problems))}"
    lines = "".join(f"\n  - {problem}" for problem in problems)
    return f"{len(problems)} settings cannot be used:{lines}"
