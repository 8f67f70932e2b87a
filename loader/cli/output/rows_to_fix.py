"""Where the rows to fix are, and the command that sends them when they are fixed."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loader.cli.next_command import as_argument, next_command, repeat_command
from loader.cli.output.terminal import echo
from loader.setting_names import flag_of
from loader.target_words import is_embedded

if TYPE_CHECKING:
    from loader.journal import RunRecord
    from loader.run.history.rows_to_fix import RowsToFix
    from loader.settings import Settings

_NOT_REPEATED: Final = frozenset(
    {"results", "failed_only", "dry_run", "yes", "sql", "query"} | {"form", "as_json", "quiet"}
)


def show_rows_to_fix(rows: "RowsToFix | None", settings: "Settings | None" = None) -> None:
    """Say where the rows to fix are, and what to do with them.

    `settings` are the present ones, given where the rows are of an earlier run.
    """
    if rows is None:
        return
    for path in rows.written:
        sheet = ("--sheet", rows.renamed[path]) if path in rows.renamed else ()
        again = (
            _reload_command(path, sheet)
            if settings is None
            else _command_like_run(path, rows.run, settings, sheet)
        )
        echo(f"to fix   {path}: fix the rows, then: {again}")
    for path in rows.outdated:
        echo(f"to fix   nothing; {path} is from an earlier run")
    if not rows.written and not rows.outdated:
        echo("to fix   nothing")


def _reload_command(path: Path, sheet: Sequence[str]) -> str:
    """Return the command that loads the fixed rows with the options of this command."""
    return repeat_command(path, *sheet, but=_NOT_REPEATED | ({"sheet"} if sheet else set()))


def _command_like_run(
    path: Path, run: "RunRecord", settings: "Settings", sheet: Sequence[str]
) -> str:
    """Return the command that sends the fixed rows with the options of an earlier run."""
    verb = "apply" if run.command == "apply" else "load"
    command = next_command(verb, as_argument(path), *_differing_options(run, settings), *sheet)
    if _has_mapping(run) and settings.mapping is None:
        return f"{command} --mapping FILE (the mapping that the run was made with)"
    return command


def _has_mapping(run: "RunRecord") -> bool:
    return bool(run.options.get("profile") or run.options.get("profile_sha256"))


def _differing_options(run: "RunRecord", settings: "Settings") -> Iterator[str]:
    """Yield the options of the run that the present settings do not give."""
    given = run.options
    if is_embedded(run.target):
        yield "--sandbox"
    reading = json.loads(given.get("reading", "{}"))
    if reading.get("sheet") == "*" or reading.get("sheets"):
        yield from ("--sheet", "*")
    for column in json.loads(given.get("ignored_columns", "[]")):
        yield from ("--ignore-column", column)
    for name in ("api", "placements", "date_format", "zone"):
        value = given.get(name)
        if value and value != (getattr(settings, name) or ""):
            yield from (flag_of(name), value)
    if (ends := given.get("end_dates")) and ends != settings.end_dates:
        yield from ("--set", f"end_dates={ends}")
