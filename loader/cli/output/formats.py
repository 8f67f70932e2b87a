"""The forms of what check and load say: words for people; JSON, annotations and lines for machines.

    plain    one line an error, stable: FILE:CELL: error|warning: CODE: MESSAGE
    github   annotations of a GitHub workflow: ::error file=FILE,line=ROW,title=CODE::MESSAGE
    json     one document; the same as --json

Standard output has every error, as it is found, and nothing else. Notices go to standard error,
except for GitHub, which has annotations for them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from loader.cli.output.findings import notice_line, sentence
from loader.cli.output.terminal import echo, echo_err, on_one_line
from loader.errors import SourceError
from loader.model import FoundError, RowError
from loader.run.reports import Findings

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


def write_error(form: Form, found: FoundError) -> None:
    """Write one error on a line."""
    error = found.error
    if form is Form.PLAIN:
        kind = f"{error.severity}: {error.code}"
        echo(on_one_line(f"{found.source}:{_cell(error)}: {kind}: {sentence(error)}"))
        return
    text = f"{_cell(error)}: {sentence(error)}"
    echo(
        annotation(
            error.severity, error.code, text, source=found.source, row_number=error.row_number
        )
    )


def annotation(
    severity: str, code: str, text: str, *, source: str = "", row_number: int = 0
) -> str:
    """Return an annotation of a GitHub workflow, at a row of a file where there is one."""
    file = [f"file={_property(source)}"] if source else []
    line = [f"line={row_number}"] if row_number else []
    return f"::{severity} {','.join([*file, *line, f'title={code}'])}::{_data(text)}"


def write_notices(form: Form, findings: Findings) -> None:
    """Write the notices of a run where a machine does not take them for errors."""
    for notice in findings.notices:
        if form is Form.GITHUB:
            echo(annotation("notice", notice.code, notice.message, source=notice.source))
        else:
            echo_err(notice_line(notice))


@contextmanager
def annotate_refusals(form: Form) -> Iterator[None]:
    """Write the refusal of a file as an annotation, too, if `form` is GITHUB."""
    try:
        yield
    except SourceError as error:
        if form is Form.GITHUB:
            echo(annotation("error", error.code, str(error)))
        raise


def _cell(error: RowError) -> str:
    return error.cell or f"row {error.row_number}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# Reports as JSON: names as in Python, times as UTC text, paths and codes as plain values.


def json_text(report: object, **more: object) -> str:
    """Write a report as JSON, with `more` beside its own fields."""
    return json.dumps({**_jsonable(report), **_jsonable(more)}, ensure_ascii=False, indent=2)


def utc_text(seconds: float | None) -> str | None:
    """Write a time as ISO 8601 in UTC, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _jsonable(value: Any) -> Any:  # Any: JSON is whatever it is
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _member(field.name, getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(member) for member in value]
    if isinstance(value, bytes):
        return json.loads(value)
    return str(value) if isinstance(value, Path) else value


def _member(name: str, value: Any) -> Any:  # Any: as above
    return utc_text(value) if name.endswith("_at") and value is not None else _jsonable(value)
