"""Move a finished file from failed/ (or done/) back into its folder, to be loaded again.

The file moves; nothing is copied or overwritten. Offers that exist are not created again, because
the journal knows their rows. Earlier results stay where they are.
"""

from pathlib import Path, PurePosixPath

from loader.errors import SettingsError
from loader.inbox.drops import FinalFolder, Place
from loader.inbox.find_inbox import network_of, spool_path
from loader.inbox.ledger import Ledger
from loader.inbox.local_folder import LocalFolder
from loader.inbox.remote import open_folder, remote_address
from loader.settings import Settings


def retry(given: str, ledger: Ledger, settings: Settings) -> str:
    """Move a finished file back to where it was dropped; return its new path or address.

    Copies of files that lie elsewhere are kept beside the journal's file.
    """
    try:
        if remote_address(given) is not None:
            return _retry_remote(given, ledger, settings)
        return _retry_local(Path(given), ledger)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"{given} cannot be moved back ({reason})") from error


def _retry_local(given: Path, ledger: Ledger) -> str:
    file = given.expanduser().absolute()
    day = file.parent
    if day.parent.name not in set(FinalFolder) or not file.is_file():
        raise _no_finished_file(str(given))
    place = Place(folder=FinalFolder(day.parent.name), day=day.name, name=file.name)
    folder = LocalFolder(day.parent.parent)
    return folder.put_back(place, _dropped_name(str(file), place, ledger))


def _retry_remote(given: str, ledger: Ledger, settings: Settings) -> str:
    scheme, _, rest = given.partition("://")
    file = PurePosixPath(rest)
    day = file.parent
    root = remote_address(f"{scheme}://{day.parent.parent}")
    if root is None or day.parent.name not in set(FinalFolder):
        raise _no_finished_file(given)
    place = Place(folder=FinalFolder(day.parent.name), day=day.name, name=file.name)
    spool = spool_path(settings.journal_file, root)
    folder = open_folder(root, spool=spool, network=network_of(settings))
    try:
        return folder.put_back(place, _dropped_name(given, place, ledger))
    finally:
        folder.close()


def _dropped_name(file: str, place: Place, ledger: Ledger) -> str:
    known = ledger.report_of_file(file)
    return known.drop.name if known else place.name


def _no_finished_file(given: str) -> SettingsError:
    return SettingsError(
        f"{given} is not a file in a folder failed/DATE or done/DATE of an inbox:"
        " `loader inbox status INBOX` names those that failed"
    )
