"""The command to type next. It repeats only what was typed: settings still hold."""

import shlex
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from loader.cli.options import SETTING_FLAGS

_LIMITS: Final = frozenset({"max_deletes", "max_changes", "allow_clear"})


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
