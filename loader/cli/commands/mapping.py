"""`loader mapping`: a first mapping for a sheet with its own columns."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loader.cli.options import reading_flags
from loader.cli.output.terminal import echo, echo_err, is_attended, on_one_line
from loader.errors import ExitCode, SettingsError
from loader.run.requests import Reading

if TYPE_CHECKING:
    from loader.profile.inference.questions import Answers, Presets
    from loader.profile.inference.sample import SampledSheet


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--yes", is_flag=True, help="Do not ask: accept what is likely, and mark it.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Say which column a field is, by its heading or letter (repeatable).",
)
@click.option(
    "--constant",
    "constants",
    multiple=True,
    metavar="FIELD=TEXT",
    help="Give a field the same text in every row (repeatable).",
)
@click.option(
    "--date-format",
    metavar="FORMAT",
    help="How dates are written: day-first, month-first, year-first, or a format like DD/MM/YYYY.",
)
@click.option("--zone", metavar="ZONE", help="Time zone of dates without one, like Europe/Paris.")
@reading_flags
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write it.  [FILE with .toml, in this folder]",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
def mapping(
    *,
    file: str,
    yes: bool,
    columns: tuple[str, ...],
    constants: tuple[str, ...],
    date_format: str | None,
    zone: str | None,
    reading: Reading,
    output: Path | None,
    force: bool,
) -> int:
    """Write a first mapping for a sheet with its own columns.

    What is certain is written as it is. On a terminal you are asked about what is only likely;
    with --yes it is accepted and marked; otherwise it is a comment (`# ?`) for you to decide. What
    only you can know (which of 01/02 is the month, a placement that no column has) is never
    guessed: give it as an option.
    """
    from loader.cli.next_command import as_argument
    from loader.cli.output.findings import notice_line
    from loader.profile.inference.infer import ask_all
    from loader.profile.inference.questions import accept_suggestion, leave_open
    from loader.profile.inference.write_profile import profile_text
    from loader.run.mapping.draft_mapping import require_free, sample_sheet, write_profile

    path = output or Path(f"{Path(file).stem.strip('-') or 'mapping'}.toml")
    require_free(path, force=force)
    sheet = sample_sheet(file, reading)
    for notice in sheet.notices:
        echo_err(notice_line(notice))
    presets = _given_answers(sheet, columns, constants, date_format=date_format, zone=zone)
    if yes:
        answers = ask_all(sheet, presets, lambda question, _: accept_suggestion(question))
    elif is_attended():
        from loader.cli.output.mapping_questions import Prompter  # only where someone is asked

        answers = ask_all(sheet, presets, Prompter(sheet).answer)
    else:
        answers = ask_all(sheet, presets, lambda question, _: leave_open(question))
    write_profile(profile_text(sheet, presets, answers, read_with=_reading_keys(reading)), path)
    is_open = _describe_mapping(path, sheet, presets, answers)
    hidden = " --hidden-rows skip" if reading.skip_hidden_rows else ""
    words = ("check", as_argument(file), "--mapping", as_argument(path))
    when = "next, when that is decided" if is_open else "next"
    echo(f"{when}: loader {shlex.join(words)}{hidden}")
    return ExitCode.OK


def _describe_mapping(
    path: Path, sheet: "SampledSheet", presets: "Presets", answers: "Answers"
) -> bool:
    """Print what was written, accepted and left open; return whether anything is open."""
    from loader.cli.output.mapping_questions import deciding_option, question_text
    from loader.profile.inference.infer import infer
    from loader.profile.inference.questions import Certainty
    from loader.profile.inference.write_profile import ACCEPTED

    unread = [sheet.place(at) for at in infer(sheet, presets, answers).unread]
    accepted_lines = sum(answer.certainty is Certainty.ACCEPTED for answer in answers.values())
    open_ = [question for question, answer in answers.items() if answer.certainty is Certainty.OPEN]
    echo(f"wrote {path}")
    if unread:
        echo(
            on_one_line(f"not read: {', '.join(unread)} (--column FIELD=COLUMN, if it is a field)")
        )
    if accepted_lines:
        echo(f"{accepted_lines} of its lines are only likely: look for `{ACCEPTED}` in it")
    if open_:
        echo(f"still to be decided, in {path} or by an option and --force:")
    for question in open_:
        echo(
            on_one_line(f"  {question_text(question, sheet)} ({deciding_option(question, sheet)})")
        )
    return bool(open_)


def _given_answers(
    sheet: "SampledSheet",
    columns: tuple[str, ...],
    constants: tuple[str, ...],
    *,
    date_format: str | None,
    zone: str | None,
) -> "Presets":
    from loader.profile.inference.answers import column_at, field_of, zone_of
    from loader.profile.inference.date_guess import require_format
    from loader.profile.inference.questions import Presets

    option = "--column"
    try:
        named = {
            field_of(f, sheet.fields): column_at(text, sheet) for f, text in map(_pair, columns)
        }
        option = "--constant"
        same = {field_of(f, sheet.fields): text for f, text in map(_pair, constants)}
        option = "--date-format"
        if date_format:
            require_format(date_format)
        option = "--zone"
        if zone:
            zone_of(zone)
    except ValueError as error:
        raise SettingsError(f"{option}: {error}") from error
    return Presets(columns=named, constants=same, date_format=date_format, zone=zone)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise ValueError(f'"{text}": FIELD=… is expected, and something behind it')
    return name.strip(), value.strip()


def _reading_keys(reading: Reading) -> dict[str, str | int]:
    """Return the keys of a mapping that read the file again as it was read now."""
    names = ("sheet", "header_row", "encoding", "delimiter", "quoting")
    return {name: value for name in names if (value := getattr(reading, name)) is not None}
