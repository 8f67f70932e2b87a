"""The forms of what check and load say: words for people; JSON, annotations and lines for machines.

    plain    one line an error, stable: FILE:CELL: error|warning: CODE: MESSAGE
    github   annotations of a GitHub workflow: ::error file=FILE,line=ROW,title=CODE::MESSAGE
    json     one document; the same as --json

Rules of this file: a machine gets every error, as it is found, and nothing else on standard
output; notices go to standard error, but for GitHub, which has a place for them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from loader.cli.findings import notice_line, sentence
from loader.cli.terminal import on_one_line, say, tell
from loader.errors import SourceError
from loader.model import RowError
from loader.run.reports import Findings, FoundError

Command = Callable[..., Any]


class Form(StrEnum):
    """How the answer is written."""

    TEXT = "text"  # for a person
    JSON = "json"  # one document, for programs
    GITHUB = "github"  # annotations of a workflow
    PLAIN = "plain"  # one line an error, for grep and editors

    @property
    def is_by_line(self) -> bool:
        """Whether each error is a line of its own."""
        return self in {Form.GITHUB, Form.PLAIN}


def say_error(form: Form, found: FoundError) -> None:
    """Write one error on a line."""
    error = found.error
    if form is Form.PLAIN:
        kind = f"{error.severity}: {error.code}"
        say(on_one_line(f"{found.source}:{_cell(error)}: {kind}: {sentence(error)}"))
        return
    properties = f"file={_property(found.source)},line={error.row_number},title={error.code}"
    say(f"::{error.severity} {properties}::{_data(f'{_cell(error)}: {sentence(error)}')}")


def say_notices(form: Form, findings: Findings) -> None:
    """Write the notices of a run where a machine does not take them for errors."""
    for notice in findings.notices:
        if form is Form.GITHUB:
            place = f"file={_property(notice.source)},title={notice.code}"
            say(f"::notice {place}::{_data(notice.message)}")
        else:
            tell(notice_line(notice))


@contextmanager
def refusals_said(form: Form) -> Iterator[None]:
    """Write a refused file as an annotation too, where that is the form."""
    try:
        yield
    except SourceError as error:
        if form is Form.GITHUB:
            say(f"::error title={error.code}::{_data(str(error))}")
        raise


def _cell(error: RowError) -> str:
    return error.cell or f"row {error.row_number}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
