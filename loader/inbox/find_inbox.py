"""From the inbox named on the command line to the folders that are watched.

What is wrong with the settings or the folders is a `SettingsError` before anything is claimed.
Nothing is created unless a watcher is about to start.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import SettingsError
from loader.inbox.drops import FinalFolder
from loader.inbox.load_file import WatchedFolder
from loader.inbox.local_folder import LocalFolder
from loader.inbox.remote import Network, RemoteAddress, open_folder, remote_address
from loader.journal import JournalPlace
from loader.settings import Settings
from loader.settings.inbox import PROCESSING, FolderPlan, InboxSettings, folder_plans

_LOCK: Final = ".watcher"
_OWN_FOLDERS: Final = frozenset({PROCESSING, *FinalFolder})
SettingsOf = Callable[[str | None], Settings]  # by the name of a profile; None: that of --profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An inbox: its place, its watched folders, its journal and its lock."""

    name: str  # as the ledger knows it
    settings: InboxSettings
    watched: tuple[WatchedFolder, ...]
    journal: JournalPlace  # that holds its claims
    lock: Path
    monitored_folders: tuple[Path, ...]  # folders whose changes the system may report


def find_inbox(given: str, settings: InboxSettings, *, settings_of: SettingsOf) -> Inbox:
    """Return the inbox at a folder or an address. Raises `SettingsError` where there is none."""
    address = remote_address(given)
    if address is not None:
        return _remote_inbox(address, settings, settings_of)
    root = Path(given).expanduser()
    if not root.is_dir():
        what = "there is no such folder: make it, or name another"
        if root.exists():
            what = "it is a file: name the folder that it is in"
        raise SettingsError(f"inbox {given}: {what}")
    root = root.resolve()
    if root.name in _OWN_FOLDERS and (root.parent / PROCESSING / _LOCK).exists():
        raise SettingsError(
            f"inbox {given}: the loader keeps this folder in the inbox {root.parent}: name that."
            " `loader inbox retry FILE` loads a finished file again"
        )
    if not _is_utf8(str(root)):
        raise SettingsError(f"inbox {root}: its path is not UTF-8: rename the folder")
    watched = tuple(
        _local_folder(root, plan, settings, settings_of) for plan in folder_plans(settings)
    )
    return Inbox(
        name=str(root),
        settings=settings,
        watched=watched,
        journal=settings_of(settings.profile).journal_place,
        lock=root / PROCESSING / _LOCK,
        monitored_folders=tuple(root / plan.name for plan in folder_plans(settings)),
    )


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def prepare(inbox: Inbox) -> None:
    """Make the loader's folders. Raises `SettingsError` where they cannot be made.

    Elsewhere they are made when something goes into them: what is there may be down for now.
    """
    try:
        for each in inbox.watched:
            if isinstance(each.folder, LocalFolder):
                each.folder.prepare()
        inbox.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"inbox {inbox.name}: {error}. The loader needs to write there, because it moves files"
            " to processing, done and failed"
        ) from error


def spool_path(journal: Path, address: RemoteAddress) -> Path:
    """Return where copies of files that lie elsewhere are kept: beside a journal's file."""
    name = hashlib.sha256(str(address).encode()).hexdigest()[:16]
    return journal.with_name(f"{journal.stem}.inbox.elsewhere") / name


def network_of(settings: Settings) -> Network:
    """Return the proxy and certificates for a bucket, as far as the settings have them."""
    return Network(
        proxy_for=settings.proxy_for if settings.names_proxy else None,
        ca_file=str(settings.ca_file or ""),
    )


def _remote_inbox(
    address: RemoteAddress, settings: InboxSettings, settings_of: SettingsOf
) -> Inbox:
    usual = settings_of(settings.profile)
    spool = spool_path(usual.journal_file, address)
    plans = folder_plans(settings)
    return Inbox(
        name=str(address),
        settings=settings,
        watched=tuple(
            WatchedFolder(
                folder=open_folder(
                    address,
                    spool=spool,
                    name=plan.name,
                    markers=plan.rules.taken_when == "marker",
                    known=_other_folders(plan, settings),
                    network=network_of(usual),
                ),
                rules=plan.rules,
                settings=_settings(plan, settings_of),
            )
            for plan in plans
        ),
        journal=usual.journal_place,
        lock=spool / _LOCK,
        monitored_folders=(),
    )


def _other_folders(plan: FolderPlan, settings: InboxSettings) -> tuple[str, ...]:
    """Return the sub-folders with settings of their own, which the inbox itself leaves alone."""
    return () if plan.name else tuple(each.path for each in settings.folder)


def _local_folder(
    root: Path, plan: FolderPlan, settings: InboxSettings, settings_of: SettingsOf
) -> WatchedFolder:
    folder = LocalFolder(
        root / plan.name,
        name=plan.name,
        markers=plan.rules.taken_when == "marker",
        known=_other_folders(plan, settings),
    )
    return WatchedFolder(folder=folder, rules=plan.rules, settings=_settings(plan, settings_of))


def _settings(plan: FolderPlan, settings_of: SettingsOf) -> Settings:
    try:
        return settings_of(plan.rules.profile)
    except SettingsError as error:
        if not plan.name:
            raise
        raise SettingsError(f"folder {plan.name} of the inbox: {error}") from error
