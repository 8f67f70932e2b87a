"""The flags that several verbs share, and how they reach a verb: as one value each.

A flag for a setting is passed on as written, so that `loader.settings` judges it together with all
others. No secret has a flag: others on the machine can read a command line.
"""

import os
import re
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click

from loader.cli.typed_options import SettingFlags, remember_context
from loader.redaction import SECRETS
from loader.setting_names import OLDER_NAMES, flag_of

Command = Callable[..., Any]

SETTING_FLAGS: dict[str, tuple[str, str]] = {
    "api": ("dps|xcore", "Dialect of the Offer Library."),
    "max_per_second": ("N", "Hard limit of requests per second."),
    "max_in_flight": ("N", "How many requests may wait for a reply at once."),
    "max_errors": ("N", "Stop after this many rows failed."),
    "on_existing": ("error|skip|duplicate", "What to do if the name already exists on the server."),
    "on_absent": ("resend|hold", "What to do with an unknown row that is proven absent."),
    "zone": ("ZONE", "Time zone of dates without one, like Europe/Paris."),
    "journal": ("PATH", "The journal to use."),
    "placements": ("resolve|ids-only", "Whether placements and tags may be given by name."),
    "mapping": (
        "PATH",
        "Mapping for a sheet with its own columns: `loader explain mappings`.",
    ),
    "date_format": ("FORMAT", "How dates are written, like DD/MM/YYYY."),
}
READING_FLAGS = ("mapping", "date_format", "placements")
_NAMES = re.compile(rf"\b({'|'.join(name for name in SETTING_FLAGS if '_' in name)})\b")
TARGET_FLAGS = tuple(name for name in SETTING_FLAGS if name not in READING_FLAGS)


def with_flags(text: str) -> str:
    """Return a sentence with the flags of the settings that it names: --max-errors for max_errors.

    Code below the command line knows no flags. A name without "_" may be a plain word, and stays.
    """
    return _NAMES.sub(lambda match: flag_of(match[0]), text)


class SettingFlag(click.Option):
    """A flag of a setting, which also goes by the setting's older names; those are not shown."""

    @property
    def _older_names(self) -> list[str]:
        return [old for old, name in OLDER_NAMES.items() if name == self.name]

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:  # Any: private to click
        """Accept all names."""
        super().add_to_parser(parser, ctx)
        for old in self._older_names:
            parser.add_option(obj=self, opts=[flag_of(old)], dest=old)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, Any]:
        """Take the value from whichever name gave it; two values are refused."""
        given = {name: opts[name] for name in (str(self.name), *self._older_names) if name in opts}
        if len(set(given.values())) > 1:
            flags = " and its older name ".join(map(flag_of, given))
            raise click.UsageError(
                f"{flags} have different values; keep {flag_of(str(self.name))}", ctx
            )
        own: dict[str, Any] = {str(self.name): value for value in given.values()}
        return super().consume_value(ctx, {**opts, **own})


def setting_flags(*names: str) -> Callable[[Command], Command]:
    """Add --config, --profile, --set and the flags of `names`; the verb receives `given`."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            remember_context()
            given = SettingFlags(
                flags={name: kwargs.pop(name) for name in names},
                assignments=kwargs.pop("assignments"),
                config=kwargs.pop("config"),
                profile=kwargs.pop("profile"),
            )
            return command(*args, given=given, **kwargs)

        for name in reversed(names):
            metavar, text = SETTING_FLAGS[name]
            option = click.option(flag_of(name), name, cls=SettingFlag, metavar=metavar, help=text)
            wrapper = option(wrapper)
        return _with_source_flags(wrapper)

    return decorate


def _with_source_flags(command: Command) -> Command:
    for option in (
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="NAME=VALUE",
            help="Give any other setting (repeatable).",
        ),
        click.option("--config", metavar="PATH", help="Read this file instead of loader.toml."),
        click.option("--profile", metavar="NAME", help="Profile of loader.toml to use."),
    ):
        command = option(command)
    return command


def reading_flags(command: Command) -> Command:
    """Add the flags that say how to read the sources; the verb receives `reading`."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from loader.run.requests import Reading  # noqa: PLC0415 - not for --help

        names = ("sheet", "encoding", "delimiter", "quoting", "header_row")
        skip = kwargs.pop("hidden_rows") == "skip"
        reading = Reading(skip_hidden_rows=skip, **{name: kwargs.pop(name) for name in names})
        return command(*args, reading=reading, **kwargs)

    for option in (
        click.option(
            "--hidden-rows",
            type=click.Choice(("load", "skip")),
            default="load",
            show_default=True,
            help="What to do with rows that are hidden or filtered out.",
        ),
        click.option(
            "--header-row",
            type=click.IntRange(min=1),
            metavar="N",
            help="Row that holds the headers, as the spreadsheet counts.  [detected]",
        ),
        click.option(
            "--quoting",
            type=click.Choice(("standard", "none")),
            help="What a quote in a CSV file is: around a cell, or a character like any other."
            "  [standard]",
        ),
        click.option("--delimiter", metavar="CHAR", help="Delimiter of a CSV file."),
        click.option("--encoding", metavar="NAME", help="Encoding of a CSV file, like cp1252."),
        click.option(
            "--sheet",
            metavar="NAME",
            help="Sheet of a workbook; '*' means every visible one.  [first visible]",
        ),
    ):
        wrapper = option(wrapper)
    return wrapper


def ignored_columns_flag(command: Command) -> Command:
    """Add --ignore-column; the verb receives `ignored_columns`."""
    return click.option(
        "--ignore-column",
        "ignored_columns",
        multiple=True,
        metavar="NAME|*",
        help="Ignore the column with this heading; '*': all unknown columns (repeatable).",
    )(command)


def output_flags(command: Command) -> Command:
    """Add --json and --quiet; the verb receives `as_json` and `quiet`."""
    command = click.option("--quiet", is_flag=True, help="Print only what went wrong.")(command)
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON on standard output, nothing else."
    )(command)


def cluster_flag(command: Command) -> Command:
    """Add --on; the verb receives `cluster`."""
    return click.option(
        "--on",
        "cluster",
        default="",
        metavar="ADDRESS|local",
        help="Let a Dask cluster read (dask://HOST:8786), or all cores of this machine.",
    )(command)


def form_flags(command: Command) -> Command:
    """Add --format, --json and --quiet; the verb receives `form` and `quiet`."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        as_json, form = kwargs.pop("as_json"), kwargs.pop("form")
        return command(*args, form="json" if as_json else form, **kwargs)

    return output_flags(
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json", "github", "plain"]),
            default="text",
            show_default=True,
            help="Output for people, as JSON, as GitHub annotations, or as one line per error.",
        )(wrapper)
    )


def sources_argument(command: Command) -> Command:
    """Add FILE…, --sql and --query; the verb receives `files`: paths, patterns, or one query."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        url, query = kwargs.pop("sql"), kwargs.pop("query")
        kwargs["files"] = _sources(kwargs["files"], url, query)
        return command(*args, **kwargs)

    for option in (
        click.option(
            "--query",
            type=click.File("r", encoding="utf-8-sig"),
            metavar="FILE",
            help="Read the rows of the SQL query in this file instead of FILE...",
        ),
        click.option(
            "--sql",
            metavar="URL",
            help="Database of the query, as an SQLAlchemy URL.  [LOADER_SQL_URL, which others"
            " on the machine cannot see]",
        ),
    ):
        wrapper = option(wrapper)
    return click.argument("files", nargs=-1, metavar="FILE...")(wrapper)


def _sources(files: tuple[str, ...], url: str | None, query: TextIO | None) -> tuple[Any, ...]:
    if query is None:
        if url:
            raise click.UsageError("--sql needs the query, as a file: --query FILE")
        if not files:
            raise click.UsageError("name what to read: FILE..., or --sql URL --query FILE")
        return files
    if files:
        raise click.UsageError("give either FILE... or --query, not both")
    url = url or os.environ.get("LOADER_SQL_URL")
    if not url:
        raise click.UsageError("--query needs the database: --sql URL, or LOADER_SQL_URL")
    from loader.source.query import query_of  # noqa: PLC0415 - only for queries

    if {"@", "?"} & set(url):  # where a URL may hold a password; else its name is the URL
        SECRETS.add(url)
    try:
        text = query.read()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the query in {query.name} is not UTF-8 text") from error
    return (query_of(url, text),)


def results_flag(command: Command) -> Command:
    """Add --results; the verb receives `results`."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Results to write: .xlsx, .csv or .jsonl."
        "  [beside the source; here for a file of an inbox]",
    )(command)


def failed_only_flag(command: Command) -> Command:
    """Add --failed-only; the verb receives `failed_only`: None, "" for no place, or a path."""
    return click.option(
        "--failed-only",
        is_flag=False,
        flag_value="",
        metavar="[PATH]",
        help="Write a workbook of only the rows to fix, which can be loaded as it is."
        "  [NAME.failed.xlsx beside the source; here for a file of an inbox]",
    )(command)


def wait_flag(command: Command) -> Command:
    """Add --wait; the verb receives `wait`."""
    text = "Stand by while another loader works on the target, then go on where it ended."
    return click.option("--wait", is_flag=True, help=text)(command)


def yes_flag(command: Command) -> Command:
    """Add --yes; the verb receives `yes`."""
    return click.option("--yes", is_flag=True, help="Change the target without asking.")(command)
