"""One draft: opened from a file, looked at, fixed, and handed to a plan.

Every method may be called from any thread. What reads the file and checks all rows runs in a thread
of the draft's own; until it is done, the rows that are there can be seen.
"""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loader.errors import EditRefused
from loader.model import RowError
from loader.pulled.layout import ID
from loader.run.drafting.check_rows import Checker
from loader.run.drafting.corrected_file import Corrected, corrected_file
from loader.run.drafting.database import DraftDatabase, fact, next_revision, set_fact
from loader.run.drafting.draft_state import draft_state, shown_sheets
from loader.run.drafting.read_in_background import BackgroundReading
from loader.run.drafting.row_payload import RowPayload, row_payload
from loader.run.drafting.same_mistakes import group_changes, groups
from loader.run.drafting.shown_rows import Lists, next_finding, next_text, shown_rows, window
from loader.run.drafting.shown_values import (
    Changed,
    DraftState,
    Filter,
    Group,
    Place,
    Search,
    ShownSheet,
    Window,
)
from loader.run.drafting.stored_rows import cell_edits, sheet_of, stored_sheets
from loader.run.drafting.target_names import RecentNames
from loader.run.drafting.undoable_edits import (
    CONFIRMED,
    Change,
    Done,
    do_step,
    redo_step,
    undo_step,
)
from loader.run.drafting.unrepeatable_errors import unrepeatable_errors
from loader.run.requests import Reading
from loader.settings import Settings
from loader.source.edited_cells import ROW, CellEdits
from loader.tables.fold_headings import fold
from loader.validation.entity import Entity

MOST_CHANGES: Final = 50_000  # cells of one step that a person gives
_MOST_RETURNED: Final = 200  # rows


class Draft:
    """A draft in its folder, which holds the file as it came."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Settings,
        entity: Entity,
        names: RecentNames,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.draft_id = folder.name
        self._settings = settings
        self._entity = entity
        self._clock = clock
        self._database = DraftDatabase(folder / "draft.sqlite3")
        self._lists = Lists()
        self._held: list[str] = []
        self._correcting = threading.Lock()
        self._corrected: tuple[str, Corrected | None] = ("", None)
        with self._database.reading() as sql:
            self.label = str(fact(sql, "label"))
        self._work = BackgroundReading(
            self, self._database, entity=entity, names=names, lists=self._lists
        )

    # What the door needs to make a request of the draft.

    @property
    def path(self) -> Path:
        """The path of the file, as it came."""
        return self.folder / "file"

    @property
    def columns_file(self) -> Path:
        """The path of the mapping of the columns, if there is one."""
        return self.folder / "columns.toml"

    @property
    def settings(self) -> Settings:
        """The settings, with the draft's own mapping of columns."""
        if not self.columns_file.exists():
            return self._settings
        return self._settings.model_copy(update={"mapping": self.columns_file})

    @property
    def reading(self) -> Reading:
        """How the file is to be read: the sheets that the draft shows."""
        with self._database.reading() as sql:
            names = [sheet.name for sheet in stored_sheets(sql)]
        if names in ([], [""]):
            return Reading()
        return Reading(sheet=names[0]) if len(names) == 1 else Reading(sheets=tuple(names))

    @property
    def is_pulled(self) -> bool:
        """Whether the rows are offers that exist: the sheet has our column of ids."""
        with self._database.reading() as sql:
            return any(
                fold(heading) == fold(ID)
                for sheet in stored_sheets(sql)
                for heading in sheet.header
            )

    def edits(self) -> CellEdits:
        """Return what was edited."""
        with self._database.reading() as sql:
            return cell_edits(sql)

    def corrected(self) -> Corrected:
        """Write the user's own file with the edits, if that was not done since the last edit."""
        edits, options = self.edits(), self._work.rules().options
        with self._correcting:
            digest, made = self._corrected
            if made is None or digest != edits.digest or not made.path.exists():
                with TemporaryDirectory(dir=self.folder) as name:
                    made = corrected_file(
                        self.path,
                        self.label,
                        options,
                        edits,
                        folder=Path(name),
                        unrepeatable=self._unrepeatable,
                    )
                    made = replace(made, path=made.path.replace(self.folder / "corrected"))
                self._corrected = (edits.digest, made)
            return made

    def _unrepeatable(self) -> Sequence[tuple[str, RowError]]:
        """Return what is wrong that a workbook of texts would not show again, by sheet."""
        self.wait()
        checker = Checker(self._database, self._work.rules())
        with self._database.reading() as sql:
            return list(unrepeatable_errors(sql, checker))

    # Reading and checking.

    def begin(self) -> None:
        """Read the file, or go on where an earlier process stopped, and check every row."""
        self._work.begin()

    def use_mapping(self, mapping: Path, *, is_recognised: bool) -> None:
        """Use a mapping of the columns, and check every row again.

        The draft keeps its own copy: a mapping that is changed later is for later files.
        """
        if self._held:
            raise EditRefused(self._why_held)
        shutil.copyfile(mapping, self.columns_file)
        self._corrected = ("", None)  # what is wrong is another question now
        with self._database.writing() as sql:
            set_fact(sql, "columns", "recognised" if is_recognised else "said")
            next_revision(sql)  # a plan of the columns as they were is not sent
        self._work.check_again()

    def check_names_again(self) -> None:
        """Ask the target for its names, and check every row again where they have changed."""
        self._work.check_names_again()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the file is read and checked."""
        self._work.wait(seconds)

    def close(self) -> None:
        """Stop the background work, and close the files."""
        self._work.stop()
        self._database.close()

    # Looking.

    def state(self, *, who: str = "") -> DraftState:
        """Return the state of the draft; what can be undone is what `who` did."""
        with self._database.reading() as sql:
            return draft_state(
                sql,
                draft_id=self.draft_id,
                label=self.label,
                held=self._why_held,
                trouble=self._work.trouble,
                who=who,
            )

    def sheets(self) -> tuple[ShownSheet, ...]:
        """Return the sheets, with their columns."""
        rules = self._work.rules()
        with self._database.reading() as sql:
            return tuple(shown_sheets(sql, rules))

    def rows(self, wanted: Filter, *, start: int, count: int, kept: str = "") -> Window:
        """Return some of the rows that a filter lets through.

        `kept` is the name of the list that an earlier window gave them; without it they are those
        that the filter lets through now. Raises `ListGone`.
        """
        with self._database.reading() as sql:
            sheet = sheet_of(sql, wanted.sheet_id)
            name, rows = self._lists.rows(sql, sheet, wanted, kept=kept)
            return window(sql, rows, name=name, start=start, count=count)

    def groups(self, sheet_id: int) -> tuple[Group, ...]:
        """Return what is wrong with a sheet, the same thing in many cells once."""
        with self._database.reading() as sql:
            return tuple(groups(sql, sheet_of(sql, sheet_id)))

    def next_cell(self, search: Search) -> Place | None:
        """Return the next cell that is wrong, or that holds a text, among the rows shown.

        Raises `ListGone`.
        """
        with self._database.reading() as sql:
            sheet = sheet_of(sql, search.shown.sheet_id)
            _, rows = self._lists.rows(sql, sheet, search.shown, kept=search.kept)
            if search.text:
                found = next_text(sql, sheet, rows, search)
            else:
                found = next_finding(sql, rows, search)
        if found is None:
            return None
        at, row_id, position = found
        return Place(sheet_id=sheet.sheet_id, at=at, row_id=row_id, position=max(position, 0))

    def payload(self, row_id: int) -> RowPayload:
        """Return what a row would send, as it is now."""
        checker = Checker(self._database, self._work.rules())
        with self._database.reading() as sql:
            return row_payload(sql, checker, row_id)

    # Editing.

    @contextmanager
    def held(self, words: str) -> Iterator[None]:
        """Refuse edits while the rows are planned or sent; `words` say why."""
        self._held.append(words)
        try:
            yield
        finally:
            self._held.remove(words)

    def edit(self, changes: Sequence[Change], *, words: str, who: str = "") -> Changed:
        """Change cells, as one step, and check their rows at once."""
        if len(changes) > MOST_CHANGES:
            raise EditRefused(
                f"{len(changes):,} cells at once are too many: paste at most {MOST_CHANGES:,}"
            )
        return self._step(lambda: list(changes), words=words, who=who)

    def confirm_row(self, row_id: int, *, who: str = "") -> Changed:
        """Confirm that the cells of a row are in their places."""
        change = Change(row_id=row_id, position=ROW, text=CONFIRMED)
        return self._step(lambda: [change], words="row confirmed", who=who)

    def fix_group(self, group: Group, text: str, *, who: str = "") -> Changed:
        """Give every cell of a group the same text."""
        if group.is_cut:
            raise EditRefused(
                "only the start of these long texts is known to be the same: change each by itself"
            )

        def changes() -> Sequence[Change]:
            with self._database.reading() as sql:
                return group_changes(sql, sheet_of(sql, group.sheet_id), group, text)

        words = f'{group.column}: "{group.value[:40]}" → "{text[:40]}"'
        return self._step(changes, words=words, who=who)

    def undo(self, *, who: str = "") -> Changed:
        """Undo the last step that `who` did."""
        return self._move(lambda sql: undo_step(sql, who), "there is nothing to undo")

    def redo(self, *, who: str = "") -> Changed:
        """Do the step again that `who` undid last."""
        return self._move(lambda sql: redo_step(sql, who), "there is nothing to redo")

    def _step(self, changes: Callable[[], Sequence[Change]], *, words: str, who: str) -> Changed:
        at = self._clock()
        return self._change(lambda sql: do_step(sql, changes(), words=words, who=who, at=at))

    def _move(self, move: Callable[[sqlite3.Connection], Done | None], nothing: str) -> Changed:
        changed = self._change(move)
        if not changed.words:
            raise EditRefused(nothing)
        return changed

    def _change(self, act: Callable[[sqlite3.Connection], Done | None]) -> Changed:
        """Change the overlay, and check what was changed."""
        self._refuse_while_held()
        rules = self._work.rules()
        with self._database.writing() as sql:
            done = act(sql)
            if done is None:
                return Changed(words="", revision=int(fact(sql, "revision", 0)))
            if not rules.profile.is_long:
                return self._check_changed(sql, Checker(self._database, rules), done)
        self._work.check_again()  # an offer has several rows, which may be anywhere
        return Changed(words=done.words, revision=done.revision, cells=done.cells, others=True)

    def _check_changed(self, sql: sqlite3.Connection, checker: Checker, done: Done) -> Changed:
        others = checker.check_rows(sql, sorted(done.rows))
        changed = sorted(done.rows | others)
        is_few = len(changed) <= _MOST_RETURNED
        rows = tuple(shown_rows(sql, changed)) if is_few else ()
        return Changed(
            words=done.words, revision=done.revision, cells=done.cells, rows=rows, others=not is_few
        )

    @property
    def _why_held(self) -> str:
        return self._held[-1] if self._held else ""

    def _refuse_while_held(self) -> None:
        if self._held:
            raise EditRefused(self._why_held)
        if not self._work.is_read:
            raise EditRefused("the file is still being read: edit when all rows are there")
