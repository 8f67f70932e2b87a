"""The settings of an inbox: `[inbox]` in loader.toml, and one `[[inbox.folder]]` per sub-folder.

    [inbox]
    taken_when = "settled"

    [[inbox.folder]]           # inbox/legacy-crm/ has a profile, and so a target, of its own
    path = "legacy-crm"
    profile = "crm"
    on_invalid = "reject-file"

A folder takes from `[inbox]` what it does not set itself. Every problem is named at once, with the
table that it is in.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from loader.settings.config_file import Document
from loader.settings.declaring import setting
from loader.settings.toml_tables import CLOSED, made_from, refuse, table_of
from loader.settings.value_kinds import Number

PROCESSING = "processing"
RESERVED = (PROCESSING, "done", "failed")  # folders of ours in every folder for drops

Seconds = Annotated[float, Number, Field(ge=0, le=86_400)]
Pause = Annotated[float, Number, Field(ge=0.05, le=86_400)]


def _folder_path(path: str) -> str:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if "\0" in path:
        raise ValueError("it has a NUL character, which no path can have")
    if len(parts) != 1 or parts[0].startswith(".") or parts[0] in (*RESERVED, "/"):
        raise ValueError(
            "the name of a folder in the inbox is expected, without slashes, not hidden and none"
            f" of {', '.join(RESERVED)}"
        )
    return parts[0]


class FolderRules(BaseModel):
    """How the files of one folder are taken and loaded."""

    model_config = CLOSED

    profile: str | None = setting(
        "Profile of loader.toml that these files are loaded with: target, mapping, rate.",
        accepts="the name of a profile",
        default=None,
        shown_default="that of --profile",
    )
    taken_when: Literal["settled", "renamed", "marker"] = setting(
        "When a file is whole: it looks the same on two looks settle_seconds apart; at once,"
        " because senders write under another name (.tmp, .part) and rename; or when NAME.done"
        " lies beside it.",
        accepts="settled, renamed or marker",
        default="settled",
    )
    settle_seconds: Seconds = setting(
        "How long a file must stay as it is before it is taken.",
        accepts="seconds, from 0 to 86400",
        default=10.0,
    )
    order: Literal["name", "time"] = setting(
        "Which file goes first: by name, or the one that has lain there longest.",
        accepts="name or time",
        default="name",
    )
    on_invalid: Literal["load-valid", "reject-file"] = setting(
        "A file has invalid rows: load the valid ones, or nothing of it.",
        accepts="load-valid or reject-file",
        default="load-valid",
    )


class FolderSettings(FolderRules):
    """One `[[inbox.folder]]`."""

    path: Annotated[str, AfterValidator(_folder_path)] = setting(
        "The sub-folder of the inbox that this table is about. It may set what [inbox] sets for"
        " its own files (profile to on_invalid); what it does not set it takes from there.",
        accepts="the name of a folder",
    )


class InboxSettings(FolderRules):
    """`[inbox]`: its own files, and what holds for all folders."""

    scan_seconds: Pause = setting(
        "Longest pause between two looks; where the system tells of changes it is shorter.",
        accepts="seconds, from 0.05 to 86400",
        default=5.0,
    )
    retry_seconds: Pause = setting(
        "First pause when the API, the journal or the folder cannot be used; it doubles each time.",
        accepts="seconds, from 0.05 to 86400",
        default=15.0,
    )
    longest_retry_seconds: Pause = setting(
        "Longest such pause.",
        accepts="seconds, from 0.05 to 86400",
        default=600.0,
    )
    folder: tuple[FolderSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPlan:
    """One folder that is watched: its name ("" is the inbox itself) and its rules."""

    name: str
    rules: FolderRules


def inbox_settings(document: Document) -> InboxSettings:
    """Read `[inbox]` of loader.toml, or raise SettingsError naming every problem."""
    problems: list[str] = []
    table = table_of(document.tables, "inbox", problems)
    origin = f"inbox in {document.path}"
    folders = table.pop("folder", [])
    if not isinstance(folders, list) or not all(isinstance(each, dict) for each in folders):
        problems.append(f"folder ({origin}): [[inbox.folder]] tables are expected")
        folders = []
    made = made_from(InboxSettings, table, origin=origin, problems=problems)
    rules = {name: table[name] for name in FolderRules.model_fields if made and name in table}
    found = [
        made_from(
            FolderSettings,
            {**rules, **each},
            origin=f"folder {number} of {origin}",
            problems=problems,
        )
        for number, each in enumerate(folders, start=1)
    ]
    names = [folder.path for folder in found if folder is not None]
    problems += [
        f"{origin}: the folder {name} is there twice; keep one table"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    refuse(problems)
    assert made is not None  # noqa: S101 - or `refuse` raised
    return made.model_copy(update={"folder": tuple(found)})


def folder_plans(settings: InboxSettings) -> tuple[FolderPlan, ...]:
    """List the folders to watch, the inbox itself first."""
    subs = (FolderPlan(name=folder.path, rules=folder) for folder in settings.folder)
    return (FolderPlan(name="", rules=settings), *subs)
