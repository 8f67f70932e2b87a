"""What is wrong with rows, in words: how often each thing, with examples; then the first ones.

The text is bounded, whatever the number of rows. A line says where, what was found, what is
expected and what to do, and ends with the code. The explanation of the codes comes last.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from loader.cli.options import with_flags
from loader.cli.output.terminal import echo, echo_table, on_one_line
from loader.error_digest import CodeCount
from loader.model import FoundError, Notice, RowError, Severity
from loader.run.reports import Findings
from loader.tables.addresses import short_heading
from loader.tables.invisible import made_visible

_LONGEST_VALUE = 60
_IN_LINES: Final = "edit-conflict"  # its message has lines of its own: pulled, yours, there now


def show_findings(findings: Findings) -> None:
    """Show notices, how often each code occurred, and the first errors in full."""
    for notice in findings.notices:
        echo(notice_line(notice))
    if not findings.counts:
        return
    total = sum(count.count for count in findings.counts)
    echo(f"{' and '.join(_totals(findings))}, by kind:")
    echo()
    echo_table(
        ("count", "code", "for example"),
        [(str(count.count), _kind(count), _examples(count)) for count in findings.counts],
    )
    echo()
    if findings.first:
        shown = len(findings.first)
        echo("one by one:" if shown == total else f"the first {shown}, one by one:")
        echo()
        several = len({found.source for found in _every_error(findings)}) > 1
        for found in findings.first:
            for line in _error_lines(found, with_source=several):
                echo(line)
        echo()


def notice_line(notice: Notice) -> str:
    """Say what a person should know."""
    place = f"{notice.source}: " if notice.source else ""
    return f"note: {place}{notice.message} [{notice.code}]"


def show_page(findings: Findings) -> None:
    """Say what explains the codes, if there were any."""
    if findings.counts:
        code = findings.counts[0].code
        echo(f"codes    loader explain {code} says its cause and its cure; so for every code")


def error_line(found: FoundError, *, with_source: bool) -> str:
    """Say what is wrong with one cell, and where, on one line."""
    error = found.error
    source = f"{found.source} " if with_source else ""
    kind = "warning: " if error.severity is Severity.WARNING else ""
    return on_one_line(f"{source}{_place(error)}: {kind}{sentence(error)} [{error.code}]")


def _error_lines(found: FoundError, *, with_source: bool) -> Iterator[str]:
    """Yield the line of an error, and below it those of its message."""
    head, *more = _lines_of(found.error)
    first = replace(found, error=replace(found.error, message=head))
    yield error_line(first, with_source=with_source)
    for line in more:
        yield on_one_line(f"    {line}")


def _lines_of(error: RowError) -> list[str]:
    return error.message.split("\n") if error.code == _IN_LINES else [error.message]


def sentence(error: RowError) -> str:
    """Say what is wrong, with what is there and what to do."""
    start = made_visible(error.value[:_LONGEST_VALUE])
    mark = "…" if len(error.value) > _LONGEST_VALUE else ""
    message = "; ".join(_lines_of(error))
    is_in_message = start in message or error.code == _IN_LINES
    quote = '"' if start != start.strip() else ""  # so that blanks around it are seen
    value = "" if is_in_message else f" (found: {quote}{start}{mark}{quote})"
    hint = f"; {error.suggestion}" if error.suggestion else ""
    return with_flags(f"{message}{value}{hint}")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: 1 row, 2 rows."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _totals(findings: Findings) -> Iterator[str]:
    for severity in Severity:
        number = sum(each.count for each in findings.counts if each.severity is severity)
        if number:
            yield counted(number, severity)


def _every_error(findings: Findings) -> Iterator[FoundError]:
    yield from findings.first
    for count in findings.counts:
        yield from count.examples


def _kind(count: CodeCount) -> str:
    return f"{count.code} (warning)" if count.severity is Severity.WARNING else count.code


def _examples(count: CodeCount) -> str:
    more = ", …" if count.count > len(count.examples) else ""
    return ", ".join(_place(each.error) for each in count.examples) + more


def _place(error: RowError) -> str:
    parts = (error.cell or f"row {error.row_number}", short_heading(error.column))
    return " ".join(filter(None, parts))
