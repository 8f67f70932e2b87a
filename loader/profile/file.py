"""Read a column profile, which users know as a mapping, from its TOML file."""

from hashlib import sha256
from pathlib import Path

from loader.errors import SettingsError
from loader.profile.model import Profile
from loader.profile.parse import parse_profile
from loader.toml_file import read_toml
from loader.validation.fields import Fields


def read_profile(path: Path, fields: Fields) -> Profile:
    """Return the profile in the file at `path`; raise `SettingsError`."""
    try:
        document, data = read_toml(path)
    except ValueError as error:
        raise SettingsError(f"the mapping {path} {error}") from error
    profile = parse_profile(document, fields, name=str(path))
    return profile.model_copy(update={"digest": sha256(data).hexdigest()})
