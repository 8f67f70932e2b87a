"""Tables of loader.toml that are no profile: made into settings, with every problem in words.

A problem is one line: which setting, the table that it is in, what is expected. A value is never
repeated: it may be a secret.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from loader.errors import SettingsError
from loader.settings.config_file import Document
from loader.settings.layers import nearest
from loader.settings.required import problem_message

CLOSED = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

M = TypeVar("M", bound=BaseModel)


def read_table(document: Document, name: str, model: type[M]) -> M:
    """Make `model` from the table `name`, or raise SettingsError naming every problem."""
    problems: list[str] = []
    table = table_of(document.tables, name, problems)
    made = made_from(model, table, origin=f"{name} in {document.path}", problems=problems)
    refuse(problems)
    assert made is not None  # noqa: S101 - or `refuse` raised
    return made


def made_from(
    model: type[M], table: Mapping[str, object], *, origin: str, problems: list[str]
) -> M | None:
    """Make `model` from a table; or add what is wrong with it to `problems`."""
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        problems += [_problem(model, detail, origin) for detail in details]
        return None


def table_of(tables: Mapping[str, object], name: str, problems: list[str]) -> dict[str, object]:
    """Give the table `name`; an empty one where there is none, or where something else is there."""
    table = tables.get(name, {})
    if isinstance(table, dict):
        return dict(table)
    problems.append(f"{name}: a table [{name}] is expected")
    return {}


def refuse(problems: Sequence[str]) -> None:
    """Raise one SettingsError that names every problem, if there is any."""
    if problems:
        raise SettingsError(problem_message(problems))


def _problem(model: type[BaseModel], detail: ErrorDetails, origin: str) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    kind, message = detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        return f"{name} ({origin}): no such setting{nearest(name, model.model_fields)}"
    if kind == "missing":
        return f"{name} ({origin}): it is not set"
    if kind == "value_error":
        return f"{name} ({origin}): {message.removeprefix('Value error, ')}".removeprefix(" ")
    field = model.model_fields.get(name)
    extra = field.json_schema_extra if field else None
    expected = extra.get("accepts") if isinstance(extra, dict) else "another value"
    return f"{name} ({origin}): {expected} is expected"
