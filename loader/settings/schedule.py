"""`[[schedule]]` in loader.toml: when the inbox is looked at, as cron writes it.

    [[schedule]]
    name = "nightly"
    cron = "30 2 * * 1-5"      # minute, hour, day of the month, month, day of the week
    zone = "Europe/Paris"
    inbox = "sftp://loader@partner.example/out"    # optional: the one of the command

An expression that is never due is refused.
"""

from datetime import UTC, datetime
from typing import Annotated

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel

from loader.settings.config_file import Document
from loader.settings.declaring import setting
from loader.settings.toml_tables import CLOSED, made_from, refuse
from loader.settings.value_kinds import Zone

FIVE_FIELDS = 5


def _cron(expression: str) -> str:
    if len(expression.split()) != FIVE_FIELDS:
        raise ValueError(
            "five fields are expected: minute, hour, day of the month, month, day of the week;"
            ' like "30 2 * * 1-5"'
        )
    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"{str(error).lower()}, or never due") from None
    except StopIteration:
        raise ValueError("no day is ever due") from None
    return " ".join(expression.split())


def _name(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError("a name is expected")
    return name.strip()


class Schedule(BaseModel):
    """One `[[schedule]]`."""

    model_config = CLOSED

    name: Annotated[str, AfterValidator(_name)] = setting(
        "What the schedule is called in logs and by --next.", accepts="a name"
    )
    cron: Annotated[str, AfterValidator(_cron)] = setting(
        "When it is due: minute, hour, day of the month, month, day of the week.",
        accepts='five fields, like "30 2 * * 1-5"',
    )
    zone: Zone = setting(
        "Time zone of those hours.", accepts="a name like UTC or Europe/Paris", default="UTC"
    )
    inbox: str = setting(
        "The inbox to look at: a folder or an address.",
        accepts="a path or an address",
        default="",
        shown_default="the one that the command names",
    )


def schedules(document: Document) -> tuple[Schedule, ...]:
    """Read every `[[schedule]]`, or raise SettingsError naming every problem."""
    tables = document.tables.get("schedule", [])
    origin = f"schedule in {document.path}"
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        refuse([f"{origin}: [[schedule]] tables are expected, in double brackets"])
        return ()
    problems: list[str] = []
    results = [
        made_from(Schedule, table, origin=f"{origin}, number {number}", problems=problems)
        for number, table in enumerate(tables, start=1)
    ]
    found = tuple(schedule for schedule in results if schedule is not None)
    names = [schedule.name for schedule in found]
    problems += [
        f"name ({origin}): '{name}' is there twice"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    refuse(problems)
    return found
