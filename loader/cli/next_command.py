"""The flag --failed-only: a workbook of just the rows to fix, after a load or from a run."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from loader.cli.options import SETTING_FLAGS
from loader.cli.output.terminal import say

if TYPE_CHECKING:
    from loader.run.rows_to_fix import RowsToFix
    from loader.settings import Settings

_OF_THIS_TIME: Final = frozenset(
    {"results", "failed_only", "dry_run", "yes", "sql", "query"} | {"form", "as_json", "quiet"}
)
_LIMITS: Final = frozenset({"max_deletes", "max_changes", "allow_clear"})


class RepairSheet:
    """What the flag asks for; a place that cannot be used is refused when it is made."""

    def __init__(self, failed_only: str | None, *, sources: Sequence[str] = ()) -> None:
        self._place = None
        if failed_only is not None:
            from loader.run.rows_to_fix import place_for  # noqa: PLC0415 - only with the flag
            from loader.source import named_files  # noqa: PLC0415 - as above

            self._place = place_for(failed_only)
            self._place.check(named_files(sources).paths)

    def write(self, run_id: str, settings: "Settings") -> "RowsToFix | None":
        """Write what was asked for of a run; None where nothing was."""
        if self._place is None:
            return None
        from loader.run.rows_to_fix import write_rows_to_fix  # noqa: PLC0415 - only with the flag

        return write_rows_to_fix(run_id, settings, place=self._place)


def show_to_fix(rows: "RowsToFix | None") -> None:
    """Say where the rows to fix are, and what to do with them."""
    if rows is None:
        return
    for path in rows.written:
        say(f"to fix   {path}: fix the rows, then: {_load_again(path)}")
    for path in rows.outdated:
        say(f"to fix   nothing; {path} is from an earlier run")
    if not rows.written and not rows.outdated:
        say("to fix   nothing")


def _load_again(path: Path) -> str:
    """Say how to load what was fixed: as the rows were loaded, if that was just now."""
    if click.get_current_context().info_name == "load":
        return the_same_with(path, but=_OF_THIS_TIME)
    return f"(with the options of that run) {next_command('load', as_argument(path))}"


# The command to type next. It repeats only what was typed: settings still hold.


def the_same_with(file: Path, *, but: Collection[str]) -> str:
    """Return the command that does to `file` what is being done now, without the options `but`."""
    context = click.get_current_context()
    words = (word for option in _typed(context, but) for word in _words(context, option))
    return shlex.join(["loader", str(context.info_name), as_argument(file), *words])


def next_command(verb: str, *words: str) -> str:
    """Return a command to paste, with the settings that were given by options now."""
    context = click.get_current_context()
    group = context.find_root().command
    command = group.get_command(context, verb) if isinstance(group, click.Group) else None
    if isinstance(command, click.Group) and words:
        command = command.get_command(context, words[0]) or command
    known = {parameter.name for parameter in command.params} if command else set()
    names = known & {*SETTING_FLAGS, *_LIMITS, "assignments", "config", "profile", "sandbox"}
    others = {str(each.name) for each in context.command.params} - names
    typed = (word for option in _typed(context, others) for word in _words(context, option))
    return shlex.join(["loader", verb, *words, *typed])


def as_argument(file: Path | str) -> str:
    """Write a file so that it is not taken for an option."""
    return f"./{file}" if str(file).startswith("-") else str(file)


def _typed(context: click.Context, but: Collection[str]) -> Iterator[click.Option]:
    for parameter in context.command.params:
        if isinstance(parameter, click.Option) and parameter.name and parameter.name not in but:
            source = context.get_parameter_source(parameter.name)
            if source is ParameterSource.COMMANDLINE:
                yield parameter


def _words(context: click.Context, option: click.Option) -> Iterator[str]:
    value = context.params[str(option.name)]
    flag = option.opts[0]
    if option.is_flag:
        yield flag
        return
    for each in value if option.multiple else (value,):
        yield from (flag, str(each))
