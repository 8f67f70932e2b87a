"""The command line of now, for another file: what a person has to type next.

Rules of this file: only what was typed; what stands in settings holds the next time by itself.
"""

import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

import click
from click.core import ParameterSource


def the_same_with(file: Path, *, but: Collection[str]) -> str:
    """Return the command that does to `file` what is being done now, without the options `but`."""
    context = click.get_current_context()
    words = (word for option in _typed(context, but) for word in _words(context, option))
    return shlex.join(["loader", str(context.info_name), str(file), *words])


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
