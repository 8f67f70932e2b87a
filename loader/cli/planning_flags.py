"""The flags of plan and apply: what a plan may do at most, and whose value wins in a conflict."""

import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import click

from loader.cli.options import ignored_columns_flag, reading_flags

Command = Callable[..., Any]


class _NumberOrShare(click.ParamType[Any]):
    """A number (7), or a percentage (10%)."""

    name = "number or percentage"

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> Any:
        """Return an int, or a `Percent`."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        found = re.fullmatch(r"(\d{1,9})|(\d{1,3}(?:\.\d{1,6})?)\s*%", text)
        if found is None or (found[2] and float(found[2]) > 100):
            self.fail(f"{value!r} is neither a number (7) nor a percentage (10%)", param, ctx)
        if found[1]:
            return int(found[1])
        from loader.run.requests import Percent  # noqa: PLC0415 - not for --help

        return Percent(float(found[2]))


def limits_flags(command: Command) -> Command:
    """Add what a plan may do at most, and whose value wins: `limits` and `conflicts`."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from loader.run.requests import Limits  # noqa: PLC0415 - not for --help

        limits = Limits(
            deletes=kwargs.pop("max_deletes"),
            changes=kwargs.pop("max_changes"),
            clears=kwargs.pop("allow_clear"),
        )
        return command(*args, limits=limits, **kwargs)

    count, share = click.IntRange(min=0), _NumberOrShare()
    for option in (
        click.option(
            "--conflicts",
            type=click.Choice(("ask", "mine", "theirs")),
            default="ask",
            show_default=True,
            help="Where both sides changed the same: leave the row out, or whose value wins.",
        ),
        click.option(
            "--allow-clear",
            type=count,
            default=20,
            show_default=True,
            metavar="N",
            help="Most values that are removed because their cells are blank.",
        ),
        click.option(
            "--max-changes",
            type=share,
            metavar="N|N%",
            help="Most offers that are changed; a percentage is of the rows.  [any number]",
        ),
        click.option(
            "--max-deletes",
            type=share,
            default=0,
            show_default=True,
            metavar="N|N%",
            help="Most offers that are deleted; a percentage is of the rows.",
        ),
    ):
        wrapper = option(wrapper)
    return wrapper


def planning_flags(command: Command) -> Command:
    """Add what says how a sheet is planned; the verb receives `limits`, and `planning`.

    `planning` makes the request: it still needs the source, and whether it is the sandbox.
    """

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from loader.merge.three_way import Prefer  # noqa: PLC0415 - not for --help
        from loader.run.requests import PlanRequest  # noqa: PLC0415 - as above

        planning = partial(
            PlanRequest,
            conflicts=Prefer(kwargs.pop("conflicts")),
            reading=kwargs.pop("reading"),
            ignored_columns=kwargs.pop("ignored_columns"),
            limits=kwargs["limits"],
        )
        return command(*args, planning=planning, **kwargs)

    return limits_flags(reading_flags(ignored_columns_flag(wrapper)))
