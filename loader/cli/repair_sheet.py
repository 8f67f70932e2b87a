"""The flag --failed-only: a workbook of just the rows to fix, after a load or from a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from loader.cli.next_command import as_argument, next_command, the_same_with
from loader.cli.output.terminal import say
from loader.target_words import is_embedded

if TYPE_CHECKING:
    from loader.run.history.rows_to_fix import RowsToFix
    from loader.settings import Settings

_OF_THIS_TIME: Final = frozenset(
    {"results", "failed_only", "dry_run", "yes", "sql", "query"} | {"form", "as_json", "quiet"}
)


class RepairSheet:
    """What the flag asks for; a place that cannot be used is refused when it is made."""

    def __init__(self, failed_only: str | None, *, sources: Sequence[str] = ()) -> None:
        self._place = None
        if failed_only is not None:
            from loader.run.history.rows_to_fix import place_for  # noqa: PLC0415 - only with the flag
            from loader.source import named_files  # noqa: PLC0415 - as above

            self._place = place_for(failed_only)
            self._place.check(named_files(sources).paths)

    def write(self, run_id: str, settings: "Settings") -> "RowsToFix | None":
        """Write what was asked for of a run; None where nothing was."""
        if self._place is None:
            return None
        from loader.run.history.rows_to_fix import write_rows_to_fix  # noqa: PLC0415 - only with the flag

        return write_rows_to_fix(run_id, settings, place=self._place)


def show_to_fix(rows: "RowsToFix | None", *, target: str = "") -> None:
    """Say where the rows to fix are, and what to do with them; `target`: the key of the run's."""
    if rows is None:
        return
    for path in rows.written:
        say(f"to fix   {path}: fix the rows, then: {_load_again(path, target)}")
    for path in rows.outdated:
        say(f"to fix   nothing; {path} is from an earlier run")
    if not rows.written and not rows.outdated:
        say("to fix   nothing")


def _load_again(path: Path, target: str) -> str:
    """Say how to load what was fixed: as the rows were loaded, if that was just now."""
    if click.get_current_context().info_name == "load":
        return the_same_with(path, but=_OF_THIS_TIME)
    rehearsed = ("--sandbox",) if is_embedded(target) else ()
    command = next_command("load", as_argument(path), *rehearsed)
    return f"(with the other options of that run) {command}"
