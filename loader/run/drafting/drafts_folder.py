"""The drafts of a data folder: one folder each, with limits on their number, size and age."""

import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from loader.errors import DraftError, LoaderError, TooMuch
from loader.run.drafting.database import DraftDatabase, set_fact
from loader.run.drafting.draft import Draft
from loader.run.drafting.shown_values import DraftState
from loader.run.drafting.target_names import RecentNames
from loader.run.wiring import entity_or_offer
from loader.settings import Settings
from loader.validation.entity import Entity

MOST_DRAFTS: Final = 50
DAYS_KEPT: Final = 30
_ID: Final = re.compile(r"[0-9a-f]{16}")
_DAY: Final = 86_400.0
_LONGEST_LABEL: Final = 150


class Drafts:
    """Makes, opens and removes drafts. Any thread may use it."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        sandbox: bool,
        entity: Entity | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._entity = entity_or_offer(entity)
        self._clock = clock
        self._open: dict[str, Draft] = {}
        self._lock = threading.Lock()
        self.names = RecentNames(settings, self._entity, sandbox=sandbox)

    def new_folder(self) -> Path:
        """Make the folder of a draft to be; `open_new` opens it, or `discard` removes it."""
        self.remove_old()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if len(self._ids()) >= MOST_DRAFTS:
            raise TooMuch(
                f"there are {MOST_DRAFTS} open files already: remove one that you do not need any"
                " more, then drop this one again"
            )
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        return folder

    def open_new(self, folder: Path, label: str) -> Draft:
        """Open the draft of a file that is in its folder now, and begin to read it.

        `label` is what the user calls the file: it is shown, and never used as a path.
        """
        database = DraftDatabase(folder / "draft.sqlite3")
        with database.writing() as sql:
            set_fact(sql, "label", safe_label(label))
            set_fact(sql, "opened_at", self._clock())
        database.close()
        return self.get(folder.name)

    def take(self, file: BinaryIO, label: str) -> Draft:
        """Open a draft of a copy of a file."""
        folder = self.new_folder()
        try:
            with (folder / "file").open("wb") as copy:
                shutil.copyfileobj(file, copy)
            return self.open_new(folder, label)
        except BaseException:
            self.discard(folder)
            raise

    def discard(self, folder: Path) -> None:
        """Remove the folder of a draft that is not to be."""
        shutil.rmtree(folder, ignore_errors=True)

    def get(self, draft_id: str) -> Draft:
        """Return a draft, opened; raise `DraftError` where there is none."""
        folder = self._folder / draft_id
        if not _ID.fullmatch(draft_id) or not (folder / "draft.sqlite3").is_file():
            raise DraftError("this file is not here any more: drop it again")
        with self._lock:
            draft = self._open.get(draft_id)
            if draft is None:
                draft = self._open[draft_id] = Draft(
                    folder,
                    settings=self._settings,
                    entity=self._entity,
                    names=self.names,
                    clock=self._clock,
                )
                draft.begin()
            return draft

    def listed(self, most: int = MOST_DRAFTS) -> tuple[DraftState, ...]:
        """Return each draft's state, the one used last first; without those that are damaged."""
        found = []
        for draft_id in self._ids()[:most]:
            with suppress(LoaderError):
                found.append(self.get(draft_id).state())
        return tuple(found)

    def remove(self, draft_id: str) -> None:
        """Remove a draft and its file."""
        draft = self.get(draft_id)
        if draft.state().held:
            raise DraftError(
                "its rows are being planned or sent: wait until that is done", code="draft-in-use"
            )
        with self._lock:
            self._open.pop(draft_id, None)
        draft.close()
        self.discard(draft.folder)

    def remove_old(self) -> None:
        """Remove drafts that nobody used for long, and what uploads left that were killed."""
        now = self._clock()
        for draft_id in self._ids():
            if now - self._used_at(draft_id) > DAYS_KEPT * _DAY:
                with suppress(LoaderError):
                    self.remove(draft_id)
        for path in self._folder.glob("*"):
            is_left = _ID.fullmatch(path.name) and not (path / "draft.sqlite3").exists()
            if is_left and now - path.stat().st_mtime > _DAY:
                self.discard(path)

    def close(self) -> None:
        """Close every draft."""
        with self._lock:
            drafts = list(self._open.values())
            self._open.clear()
        for draft in drafts:
            draft.close()

    def _ids(self) -> list[str]:
        """Return the ids, the one used last first."""
        if not self._folder.is_dir():
            return []
        found = [
            path.name
            for path in self._folder.iterdir()
            if _ID.fullmatch(path.name) and (path / "draft.sqlite3").is_file()
        ]
        return sorted(found, key=self._used_at, reverse=True)

    def _used_at(self, draft_id: str) -> float:
        return max(
            (path.stat().st_mtime for path in (self._folder / draft_id).glob("draft.sqlite3*")),
            default=0.0,
        )


def safe_label(name: str) -> str:
    """Return a file's name to be shown: the last part of a path, without what nobody can see."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[-_LONGEST_LABEL:] or "spreadsheet"
