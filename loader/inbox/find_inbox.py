"""From the inbox named on the command line to the folders that are watched.

What is wrong with the settings or the folders is a `SettingsError` before anything is claimed.
Nothing is created unless a watcher is about to start.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loader.errors import SettingsError
from loader.inbox.load_file import Watched
from loader.inbox.local_folder import LocalFolder
from loader.inbox.remote import Network, RemoteAddress, opened_folder, remote_address
from loader.journal import JournalPlace
from loader.settings import Settings
from loader.settings.inbox import PROCESSING, FolderPlan, InboxSettings, folder_plans

SettingsOf = Callable[[str | None], Settings]  # by the name of a profile; None: that of --profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An inbox: where it is, what is watched there, and what is kept about it."""

    name: str  # as the ledger knows it
    settings: InboxSettings
    watched: tuple[Watched, ...]
    journal: JournalPlace  # that holds its claims
    lock: Path
    listened_to: tuple[Path, ...]  # folders whose changes the system may report


def find_inbox(given: str, settings: InboxSettings, *, settings_of: SettingsOf) -> Inbox:
    """Find an inbox: a folder of this machine, or an address; or say why it is none."""
    address = remote_address(given)
    if address is not None:
        return _elsewhere(address, settings, settings_of)
    root = Path(given).expanduser()
    if not root.is_dir():
        what = "it is not a folder" if root.exists() else "there is no such folder: make it"
        raise SettingsError(f"inbox {given}: {what}, or name another")
    root = root.resolve()
    if not _is_text(str(root)):
        raise SettingsError(f"inbox {root}: its path is not UTF-8: rename the folder")
    watched = tuple(_watched(root, plan, settings, settings_of) for plan in folder_plans(settings))
    return Inbox(
        name=str(root),
        settings=settings,
        watched=watched,
        journal=settings_of(settings.profile).journal_place,
        lock=root / PROCESSING / ".watcher",
        listened_to=tuple(root / plan.name for plan in folder_plans(settings)),
    )


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def prepare(inbox: Inbox) -> None:
    """Make our folders, or say why they cannot be made.

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
    """Return how a bucket is reached, as far as the settings say it."""
    return Network(
        proxy_for=settings.proxy_for if settings.names_proxy else None,
        ca_file=str(settings.ca_file or ""),
    )


def _elsewhere(address: RemoteAddress, settings: InboxSettings, settings_of: SettingsOf) -> Inbox:
    usual = settings_of(settings.profile)
    spool = spool_path(usual.journal_file, address)
    plans = folder_plans(settings)
    return Inbox(
        name=str(address),
        settings=settings,
        watched=tuple(
            Watched(
                folder=opened_folder(
                    address,
                    spool=spool,
                    name=plan.name,
                    markers=plan.rules.taken_when == "marker",
                    known=_others(plan, settings),
                    network=network_of(usual),
                ),
                rules=plan.rules,
                settings=_settings(plan, settings_of),
            )
            for plan in plans
        ),
        journal=usual.journal_place,
        lock=spool / ".watcher",
        listened_to=(),
    )


def _others(plan: FolderPlan, settings: InboxSettings) -> tuple[str, ...]:
    """Name the sub-folders that others look after."""
    return () if plan.name else tuple(each.path for each in settings.folder)


def _watched(
    root: Path, plan: FolderPlan, settings: InboxSettings, settings_of: SettingsOf
) -> Watched:
    folder = LocalFolder(
        root / plan.name,
        name=plan.name,
        markers=plan.rules.taken_when == "marker",
        known=_others(plan, settings),
    )
    return Watched(folder=folder, rules=plan.rules, settings=_settings(plan, settings_of))


def _settings(plan: FolderPlan, settings_of: SettingsOf) -> Settings:
    try:
        return settings_of(plan.rules.profile)
    except SettingsError as error:
        if not plan.name:
            raise
        raise SettingsError(f"folder {plan.name} of the inbox: {error}") from error
