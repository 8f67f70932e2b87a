"""From an inbox as it is named on the command line to the folders that are watched.

Rules of this file: what is wrong with the settings or the folders is a `SettingsError` before
anything is claimed; nothing is made unless a watcher is about to start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loader.errors import SettingsError
from loader.inbox.ledger import ledger_path
from loader.inbox.loading import Watched
from loader.inbox.local import LocalFolder
from loader.settings import Settings
from loader.settings.inbox import FolderPlan, InboxSettings, folder_plans

SettingsOf = Callable[[str | None], Settings]  # by the name of a profile; None: that of --profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An inbox: where it is, what is watched there, and what is kept about it."""

    name: str  # as the ledger knows it
    settings: InboxSettings
    watched: tuple[Watched, ...]
    ledger: Path
    lock: Path
    listened_to: tuple[Path, ...]  # folders whose changes the system may tell of


def find_inbox(given: str, settings: InboxSettings, *, settings_of: SettingsOf) -> Inbox:
    """Find an inbox that is a folder of this machine, or say why it is none."""
    root = Path(given).expanduser()
    if not root.is_dir():
        what = "it is not a folder" if root.exists() else "there is no such folder: make it"
        raise SettingsError(f"inbox {given}: {what}, or name another")
    root = root.resolve()
    watched = tuple(_watched(root, plan, settings, settings_of) for plan in folder_plans(settings))
    return Inbox(
        name=str(root),
        settings=settings,
        watched=watched,
        ledger=ledger_path(Path(settings_of(settings.profile).journal)),
        lock=root / "processing" / ".watcher",
        listened_to=tuple(root / plan.name for plan in folder_plans(settings)),
    )


def prepare(inbox: Inbox) -> None:
    """Make the folders of ours in it, or say why they cannot be made."""
    for each in inbox.watched:
        if isinstance(each.folder, LocalFolder):
            try:
                each.folder.prepare()
            except OSError as error:
                raise SettingsError(
                    f"inbox {inbox.name}: the folder {error.filename} cannot be made"
                    f" ({error.strerror}): the loader needs to write in the inbox, because it moves"
                    " files to processing, done and failed there"
                ) from error


def _watched(
    root: Path, plan: FolderPlan, settings: InboxSettings, settings_of: SettingsOf
) -> Watched:
    folder = LocalFolder(
        root / plan.name,
        name=plan.name,
        markers=plan.rules.taken_when == "marker",
        known=() if plan.name else tuple(each.path for each in settings.folder),
    )
    return Watched(folder=folder, rules=plan.rules, settings=settings_of(plan.rules.profile))
