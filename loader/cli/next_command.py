"""The command to type next. It repeats only what was typed: settings still hold.

A message names commands without options: it may be kept in the journal or shown on the page. They
are completed where the command line shows it.
"""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from loader.cli.command_list import OF_RUNS
from loader.cli.options import SETTING_FLAGS
from loader.cli.typed_options import latest_context
from loader.redaction import SECRETS

_LIMITS: Final = frozenset({"max_deletes", "max_changes", "allow_clear"})
_REPEATED: Final = frozenset({*SETTING_FLAGS, *_LIMITS, "assignments", "config", "profile"})
_FILE_OF: Final = {
    "check": "files",
    "load": "files",
    "plan": "file",
    "apply": "what",
    "pull": "file",
}
_IN_TEXT: Final = re.compile(r"`loader ([^`\n]+)`")


def repeat_command(file: Path, *more: str, but: Collection[str]) -> str:
    """Return the present command for another file, without the options `but`, with `more`."""
    context = click.get_current_context()
    words = (
        word for option in _typed_options(context, but) for word in _option_words(context, option)
    )
    return shlex.join(["loader", str(context.info_name), as_argument(file), *words, *more])


def next_command(verb: str, *words: str) -> str:
    """Return a command to paste, with the settings that were given by options now."""
    context = click.get_current_context()
    command, _ = _find_command(context, (verb, *words))
    return shlex.join(["loader", verb, *words, *_typed_settings(context, command)])


def with_typed_settings(text: str) -> str:
    """Return a message whose commands have the settings that were given by options now.

    A command without its arguments (`loader pull`) is only named, and stays as it is; but one that
    is about a run gets the settings, because only that journal knows the run. In place of FILE
    stands the file that was typed, if it was one.
    """
    context = latest_context()
    return (
        text if context is None else _IN_TEXT.sub(lambda one: _complete_command(one, context), text)
    )


def _complete_command(found: re.Match[str], context: click.Context) -> str:
    written = _name_file(found[1], context)
    try:
        words = shlex.split(written)
    except ValueError:  # a quote that does not end: not a command of the loader
        return found[0]
    command, arguments = _find_command(context, words)
    if command is None or not (words[0] in OF_RUNS or _has_all_arguments(command, arguments)):
        return f"`loader {written}`"
    settings = SECRETS.hide(shlex.join(_typed_settings(context, command)))
    return f"`loader {written} {settings}`" if settings else f"`loader {written}`"


def _name_file(command: str, context: click.Context) -> str:
    """Return a command with the file that was typed now in place of FILE; only if it is one."""
    typed = context.params.get(_FILE_OF.get(str(context.info_name), ""))
    files = [str(each) for each in (typed if isinstance(typed, tuple) else (typed,)) if each]
    if len(files) != 1 or files[0] == "-" or "://" in files[0]:
        return command
    name = shlex.quote(as_argument(files[0]))
    return re.sub(r"(?<= )FILE\b", lambda _: name, command)


def _find_command(
    context: click.Context, words: Sequence[str]
) -> tuple[click.Command | None, list[str]]:
    """Return the command that these words call, and the words that are left for it."""
    command, left = context.find_root().command, [*words]
    while left and isinstance(command, click.Group):
        inner = command.get_command(context, left[0])
        if inner is None:
            break
        command, left = inner, left[1:]
    return (None if len(left) == len(words) else command), left


def _has_all_arguments(command: click.Command, words: list[str]) -> bool:
    """Say whether these words give a command all its arguments."""
    context = click.Context(command, resilient_parsing=True)
    try:
        values, _, _ = command.make_parser(context).parse_args([*words])
    except click.UsageError:
        return False
    needed = [each for each in command.params if isinstance(each, click.Argument)]
    return all(
        isinstance(values.get(str(each.name)), str | tuple)
        for each in needed
        if each.required or each.nargs == -1
    )


def _typed_settings(context: click.Context, command: click.Command | None) -> list[str]:
    """Return the options of settings that were typed, and that `command` has as well."""
    known = {parameter.name for parameter in command.params} if command else set()
    names = known & {*_REPEATED, "sandbox"}
    others = {str(each.name) for each in context.command.params} - names
    return [
        word
        for option in _typed_options(context, others)
        for word in _option_words(context, option)
    ]


def as_argument(file: Path | str) -> str:
    """Write a file so that it is not taken for an option."""
    return f"./{file}" if str(file).startswith("-") else str(file)


def _typed_options(context: click.Context, but: Collection[str]) -> Iterator[click.Option]:
    for parameter in context.command.params:
        if isinstance(parameter, click.Option) and parameter.name and parameter.name not in but:
            source = context.get_parameter_source(parameter.name)
            if source is ParameterSource.COMMANDLINE:
                yield parameter


def _option_words(context: click.Context, option: click.Option) -> Iterator[str]:
    value = context.params[str(option.name)]
    flag = option.opts[0]
    if option.is_flag:
        yield flag
        return
    for each in value if option.multiple else (value,):
        yield from (flag, str(each))
