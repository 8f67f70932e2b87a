"""The column profile of a run: the file's, with what the settings say on top.

A flag wins over the profile file, which is about one kind of sheet; the file wins over settings
that are meant for all sheets (environment, loader.toml).
"""

from collections.abc import Sequence

from loader.profile.file import read_profile
from loader.profile.model import Profile
from loader.settings import Settings
from loader.settings.origin import OriginKind
from loader.validation.fields import Fields


def column_profile(settings: Settings, fields: Fields, *, ignored: Sequence[str] = ()) -> Profile:
    """Return how columns become ours; `ignored` ones are not read, beside those of the file.

    `zone` is None where nobody named one.
    """
    profile = read_profile(settings.mapping, fields) if settings.mapping else Profile()
    return profile.model_copy(
        update={
            "ignore": (*profile.ignore, *ignored),
            "zone": _strongest(settings, "zone", profile.zone),
            "date_format": _strongest(settings, "date_format", profile.date_format),
        }
    )


def _strongest(settings: Settings, name: str, of_file: str | None) -> str | None:
    origin = settings.origin(name)
    if of_file is not None and origin.kind is not OriginKind.FLAG:
        return of_file
    return None if origin.kind is OriginKind.DEFAULT else getattr(settings, name)
