"""The flag --failed-only: a workbook of just the rows to fix, after a load or from a run."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loader.cli.next_command import as_argument, next_command, the_same_with
from loader.cli.output.terminal import echo
from loader.setting_names import flag_of
from loader.target_words import is_embedded

if TYPE_CHECKING:
    from loader.journal import RunRecord
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


def show_to_fix(rows: "RowsToFix | None", settings: "Settings | None" = None) -> None:
    """Say where the rows to fix are, and what to do with them.

    `settings` are those of now, where the run is not what is done now.
    """
    if rows is None:
        return
    for path in rows.written:
        again = _load_again(path) if settings is None else _as_the_run(path, rows.run, settings)
        echo(f"to fix   {path}: fix the rows, then: {again}")
    for path in rows.outdated:
        echo(f"to fix   nothing; {path} is from an earlier run")
    if not rows.written and not rows.outdated:
        echo("to fix   nothing")


def _load_again(path: Path) -> str:
    """Say how to load what was fixed, as the rows were loaded just now."""
    return the_same_with(path, but=_OF_THIS_TIME)


def _as_the_run(path: Path, run: "RunRecord", settings: "Settings") -> str:
    """Say how to send what was fixed, as an earlier run read and sent it."""
    verb = "apply" if run.command == "apply" else "load"
    command = next_command(verb, as_argument(path), *_options_of(run, settings))
    if _has_mapping(run) and settings.mapping is None:
        return f"{command} --mapping FILE (the mapping that the run was made with)"
    return command


def _has_mapping(run: "RunRecord") -> bool:
    return bool(run.options.get("profile") or run.options.get("profile_sha256"))


def _options_of(run: "RunRecord", settings: "Settings") -> Iterator[str]:
    """Yield the options that matter to the workbook, where the settings of now differ."""
    given = run.options
    if is_embedded(run.target):
        yield "--sandbox"
    if json.loads(given.get("reading", "{}")).get("sheet") == "*":
        yield from ("--sheet", "*")
    for column in json.loads(given.get("ignored_columns", "[]")):
        yield from ("--ignore-column", column)
    for name in ("api", "placements", "date_format", "zone"):
        value = given.get(name)
        if value and value != (getattr(settings, name) or ""):
            yield from (flag_of(name), value)
    if (ends := given.get("end_dates")) and ends != settings.end_dates:
        yield from ("--set", f"end_dates={ends}")
