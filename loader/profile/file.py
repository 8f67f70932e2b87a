"""Read a column profile from its TOML file.

Rules of this file: what is wrong is a `SettingsError` that names the file; what a profile means is
`loader.profile`'s.
"""

import tomllib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from loader.errors import SettingsError
from loader.profile.model import Profile
from loader.profile.parse import parse_profile
from loader.validation.fields import Fields

MOST_BYTES = 1_000_000


def read_profile(path: Path, fields: Fields) -> Profile:
    """Return the profile in the file at `path`, for sheets with these fields."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"the column profile {path} cannot be read: {error.strerror or error}"
        ) from error
    if len(data) > MOST_BYTES:
        raise SettingsError(f"{path} is larger than a column profile can be ({MOST_BYTES} bytes)")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    profile = parse_profile(document, fields, name=str(path))
    return replace(profile, digest=sha256(data).hexdigest())
