"""The log: one JSON object a line, each with its file and run, none with a secret."""

import json
from io import StringIO
from typing import Any

from loader.inbox.drops import DropOutcome, FolderStatus, Ignored, Outage, TroubleKind
from loader.inbox.events import FileBegan, FileEnded, FileIgnored, FolderWaits, Idle
from loader.inbox.logs import Log
from loader.redaction import KnownSecrets
from tests.support.inbox_reports import DROP, report

SECRET = "s3cr3t-value"


def logged() -> tuple[Log, StringIO]:
    stream = StringIO()

    def write(line: str) -> None:
        stream.write(f"{line}\n")

    return Log(write, redact=KnownSecrets([SECRET]).hide), stream


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_of_a_file_names_it_its_claim_and_its_run() -> None:
    log, stream = logged()

    log(FileBegan(drop=DROP))
    log(FileEnded(report=report()))

    started, wrong, ended = lines(stream)
    assert {line["file"] for line in (started, wrong, ended)} == {"crm/offers.csv"}
    assert {line["claim"] for line in (started, wrong, ended)} == {"t-1"}
    assert wrong["run"] == ended["run"] == "20260528-r1"
    assert (wrong["event"], wrong["row"], wrong["cell"]) == ("rows wrong", 3, "C3 type")
    assert (ended["event"], ended["level"], ended["created"]) == ("file ended", "info", 2)
    assert all(line["at"].endswith("Z") for line in lines(stream))


def test_levels_tell_what_needs_a_person() -> None:
    log, stream = logged()

    log(FileEnded(report=report(outcome=DropOutcome.FAILED, commonest=())))
    log(FileEnded(report=report(outcome=DropOutcome.WAITING, commonest=())))
    log(FileIgnored(folder="crm", what=Ignored(name="~$x.xlsx", reason="is a lock file")))

    assert [(line["event"], line["level"]) for line in lines(stream)] == [
        ("file ended", "error"),
        ("file waits", "info"),
        ("file ignored", "info"),
    ]


def test_no_field_shows_a_secret() -> None:
    log, stream = logged()
    trouble = Outage(
        inbox="sftp://me:pa55@host/in",
        folder="",
        kind=TroubleKind.API,
        message=f"the server said Bearer abc.def and {SECRET}",
        since=1.0,
        again_at=2.0,
    )

    log(FolderWaits(outage=trouble))
    log.complain(f"webhook: {SECRET}")
    log(FileEnded(report=report(reason=SECRET, file=f"/in/{SECRET}.csv")))

    text = stream.getvalue()
    assert SECRET not in text
    assert "pa55" not in text
    assert "abc.def" not in text
    assert "(hidden)" in text


def test_what_waits_is_logged_when_it_changes() -> None:
    log, stream = logged()
    for waiting in (0, 2, 2, 0):
        log(
            Idle(
                folders=(
                    FolderStatus(
                        inbox="/i", folder="", waiting=waiting, oldest_at=None, looked_at=1.0
                    ),
                )
            )
        )

    assert [line["waiting"] for line in lines(stream)] == [2, 0]
