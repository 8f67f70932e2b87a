"""Drop a finished file again: out of failed/ (or done/), back into its folder.

Rules of this file: the file moves, nothing is copied and nothing overwritten; what was created is
not created again, because the journal knows its rows. The earlier results stay where they are.
"""

from pathlib import Path

from loader.errors import SettingsError
from loader.inbox.ledger import Ledger
from loader.inbox.local import LocalFolder
from loader.inbox.values import Place, Shelf


def retry(given: Path, ledger: Ledger) -> str:
    """Move a finished file back to where it was dropped; say where it now lies."""
    file = given.expanduser().absolute()
    day = file.parent
    if day.parent.name not in set(Shelf) or not file.is_file():
        raise SettingsError(
            f"{given} is not a file in a folder failed/DATE or done/DATE of an inbox:"
            " `loader inbox status INBOX` names those that failed"
        )
    place = Place(shelf=Shelf(day.parent.name), day=day.name, name=file.name)
    known = ledger.finished_at(str(file))
    try:
        folder = LocalFolder(day.parent.parent)
        return folder.put_back(place, known.drop.name if known else place.name)
    except OSError as error:
        raise SettingsError(f"{given} cannot be moved back ({error.strerror})") from error
