"""Checking by others: the same twelve columns, closed sets, dates and lengths.

They find a set of (row, column): no cell address, no suggestion, no advice.
"""

# ruff: noqa: PLC0415 - each imports only what it measures

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from benchmarks.watch import Watch

SETS = {
    "status": ("draft", "approved"),
    "type": ("html", "image", "text", "json"),
    "channel": ("web", "email", "mobile"),
}
LANGUAGES = r"[a-z]{2}(-[A-Z]{2})?(;[a-z]{2}(-[A-Z]{2})?)*"
PLACEMENT = r"dps:offer-placement:[0-9a-f]+"
DATE = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?"


def pandas_by_hand(watch: Watch, path: str) -> None:
    """Masks over columns, written by hand."""
    import pandas as pd

    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    bad: set[tuple[int, str]] = set()
    with watch:
        masks = {
            "name": ~frame["name"].str.len().between(1, 255),
            "placement": ~frame["placement"].str.fullmatch(PLACEMENT),
            "language": ~frame["language"].str.fullmatch(LANGUAGES),
            **{column: ~frame[column].isin(known) for column, known in SETS.items()},
        }
        starts, ends = (
            pd.to_datetime(frame[column], format="ISO8601", errors="coerce", utc=True)
            for column in ("start_date", "end_date")
        )
        masks |= {"start_date": starts.isna(), "end_date": ends.isna() | (ends <= starts)}
        masks["name "] = frame["name"].duplicated(keep="first")
        for column, mask in masks.items():
            bad.update((row, column) for row in frame.index[mask])
    assert bad


def pydantic_rows(watch: Watch, path: str) -> None:
    """A model, made for each row."""
    from typing import Literal

    from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

    def moment(text: str) -> str:
        datetime.fromisoformat(text)
        return text

    moments = Annotated[str, AfterValidator(moment)]

    class Row(BaseModel):
        name: Annotated[str, Field(min_length=1, max_length=255)]
        description: str
        status: Literal["draft", "approved"]
        placement: Annotated[str, Field(pattern=f"^{PLACEMENT}$")]
        type: Literal["html", "image", "text", "json"]
        content: Annotated[str, Field(min_length=1)]
        channel: Literal["web", "email", "mobile"]
        language: Annotated[str, Field(pattern=f"^{LANGUAGES}$")]
        tags: str
        start_date: moments
        end_date: moments

    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    adapter = TypeAdapter(Row)
    bad: set[tuple[int, str]] = set()
    with watch:
        for number, row in enumerate(rows):
            try:
                adapter.validate_python(row)
            except ValidationError as error:
                bad.update((number, str(each["loc"][0])) for each in error.errors())
    assert bad


def frictionless_rows(watch: Watch, path: str) -> None:
    """A table schema; it reads the file itself."""
    from frictionless import Resource, Schema, system

    def field(name: str, **constraints: Any) -> dict[str, Any]:
        return {"name": name, "type": "string", "constraints": constraints}

    schema = Schema.from_descriptor(
        {
            "fields": [
                field("name", required=True, maxLength=255, unique=True),
                field("description"),
                field("status", enum=list(SETS["status"])),
                field("placement", pattern=PLACEMENT),
                field("type", enum=list(SETS["type"])),
                field("content", required=True),
                field("channel", enum=list(SETS["channel"])),
                field("language", pattern=LANGUAGES),
                field("tags"),
                field("start_date", pattern=DATE),
                field("end_date", pattern=DATE),
                field("attr:Tier"),
            ]
        }
    )
    with watch, system.use_context(trusted=True):
        report = Resource(path=path, schema=schema).validate(limit_errors=1_000_000)
    assert not report.valid
