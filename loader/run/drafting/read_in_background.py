"""Read the file of a draft and check every row, in a thread of its own.

What was read or checked when a process died is done again: reading stores the same rows, and there
are no edits before it has ended. Of several processes with the same draft, one at a time works.
"""

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import orjson

from loader.errors import LoaderError
from loader.journal.sqlite.write_lock import WriteLock
from loader.profile.model import Profile
from loader.pulled.layout import OURS
from loader.run.drafting.check_rows import Checker, Rules
from loader.run.drafting.database import DraftDatabase, fact, set_fact
from loader.run.drafting.file_to_rows import forget_all, store_rows
from loader.run.drafting.shown_rows import Lists
from loader.run.drafting.target_names import RecentNames
from loader.run.mapping.column_profile import column_profile
from loader.run.requests import Reading
from loader.run.wiring import read_options
from loader.settings import Settings
from loader.source import open_source
from loader.validation.entity import Entity

_ROWS_AT_ONCE: Final = 2_000  # so that the first are seen soon
_PAUSE_SECONDS: Final = 0.1  # while another process works


class DraftFile(Protocol):
    """The file of a draft, and how it is read and checked."""

    label: str

    @property
    def path(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def is_pulled(self) -> bool: ...


class BackgroundReading:
    """What goes on in the background of one draft."""

    def __init__(
        self,
        file: DraftFile,
        database: DraftDatabase,
        *,
        entity: Entity,
        names: RecentNames,
        lists: Lists,
    ) -> None:
        self._file = file
        self._database = database
        self._entity = entity
        self._names = names
        self._lists = lists
        self._is_stopped = threading.Event()
        self._turn = WriteLock(database.path)
        self._must_check = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.trouble = ""  # also where the draft has no room to note it

    @property
    def is_read(self) -> bool:
        """Whether all rows are there."""
        return self._is_noted("is_read")

    def begin(self) -> None:
        """Read the file if that was not done, and check every row."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def check_again(self) -> None:
        """Check every row again."""
        self.wait()
        with self._database.writing() as sql:
            set_fact(sql, "is_checked", 0)
            set_fact(sql, "checked", 0)
        self._must_check = True
        self.begin()

    def check_names_again(self) -> None:
        """Check every row again, and wait, if the target has other names than at the last check."""
        with self._database.reading() as sql:
            used = str(fact(sql, "names"))
        if not used and not self._names.is_asked:
            return  # no row names anything
        now = self._names.names(anew=True).digest
        if now not in {"", used}:
            self.check_again()
            self.wait()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until all is done."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def stop(self) -> None:
        """Stop, and wait until it has stopped."""
        self._is_stopped.set()
        self.wait()
        self._turn.close()

    def rules(self) -> Rules:
        """Return how rows are read and checked."""
        file = self._file
        profile = self._profile()
        return Rules(
            label=file.label,
            settings=file.settings,
            entity=self._entity,
            profile=profile,
            lookup=self._names,
            options=read_options(file.reading, profile, self._entity.fields),
            reserved=OURS if file.is_pulled else (),
        )

    def _run(self) -> None:
        while not self._turn.try_take():
            if self._is_stopped.wait(_PAUSE_SECONDS):
                return
        try:
            self._read_and_check()
        finally:
            self._turn.release()

    def _read_and_check(self) -> None:
        try:
            self._note_trouble("")
            if not self.is_read:
                self._read()
            must_check, self._must_check = self._must_check, False
            is_due = must_check or not self._is_noted("is_checked")
            if is_due and not self._is_stopped.is_set():
                Checker(self._database, self.rules()).check_all(self._is_stopped.is_set)
                with self._database.writing() as sql:
                    set_fact(sql, "names", self._names.digest)
        except LoaderError as error:
            self._note_trouble(str(error))
        except Exception as error:  # noqa: BLE001 - the page says it; nobody else would
            label = self._file.label
            self._note_trouble(f"{label}: it cannot be read ({type(error).__name__}: {error})")

    def _read(self) -> None:
        forget_all(self._database)
        self._lists.forget()
        profile = self._profile()
        options = replace(
            read_options(Reading(sheet="*"), profile, self._entity.fields), chunk_rows=_ROWS_AT_ONCE
        )
        with open_source(self._file.label, options, stored_at=self._file.path) as source:
            notices = store_rows(
                source,
                self._database,
                fields=self._entity.fields,
                profile=profile,
                stopped=self._is_stopped.is_set,
            )
        if self._is_stopped.is_set():
            return
        values = [{"code": each.code, "message": each.message} for each in notices]
        with self._database.writing() as sql:
            set_fact(sql, "read_notices", orjson.dumps(values).decode())
            set_fact(sql, "is_read", 1)

    def _note_trouble(self, words: str) -> None:
        self.trouble = words
        with suppress(LoaderError), self._database.writing() as sql:
            set_fact(sql, "trouble", words)

    def _is_noted(self, name: str) -> bool:
        with self._database.reading() as sql:
            return bool(fact(sql, name, 0))

    def _profile(self) -> Profile:
        return column_profile(self._file.settings, self._entity.fields)
