"""Why a draft cannot be opened or edited. Nothing was changed where one of these is raised."""

from loader.errors import ExitCode, LoaderError


class DraftError(LoaderError):
    """A draft that cannot be used."""

    exit_code = ExitCode.USAGE
    code = "no-such-draft"


class EditRefused(DraftError):
    """An edit that cannot be made."""

    code = "edit-refused"


class TooMuch(DraftError):
    """An upload that is too large, or one draft too many."""

    code = "too-much-to-draft"
