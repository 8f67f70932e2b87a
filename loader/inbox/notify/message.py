"""The text of a notification: about a file that ended, or a folder that waits.

Messages are bounded, whatever the file; the first line has the essence. Names of files and values
of cells come from strangers: whoever shows them must escape them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from urllib.parse import quote

from loader.inbox.drops import Counts, DropOutcome, DropReport, Outage, TroubleKind, relative_path

ERRORS_SHOWN = 5
LONGEST_LINE = 300

_SAYS = {
    DropOutcome.LOADED: "loaded",
    DropOutcome.LOADED_WITH_ERRORS: "loaded with errors",
    DropOutcome.DUPLICATE: "was loaded before",
    DropOutcome.FAILED: "failed",
    DropOutcome.WAITING: "waits",
}
_WAITS_FOR = {
    TroubleKind.API: "the API",
    TroubleKind.JOURNAL: "the journal",
    TroubleKind.FOLDER: "its folder",
    TroubleKind.SETTINGS: "settings that can be used",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: a title, a sentence (or ""), facts by name, and the commonest errors.

    `about` is the whole of it for programs; `workbook` is the path of what may be attached.
    """

    about: DropReport | Outage
    title: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    errors: tuple[str, ...] = ()
    workbook: str = ""

    def text(self) -> str:
        """Give all of it as plain text."""
        lines = [self.title, *filter(None, [self.reason]), ""]
        lines += [f"{name}: {value}" for name, value in self.facts]
        if self.errors:
            lines += ["", "Commonest errors:", *(f"- {error}" for error in self.errors)]
        return "\n".join(lines)


def file_message(report: DropReport, *, link_root: str = "") -> Message:
    """Return the message about a file that ended or waits."""
    drop = report.drop
    name = relative_path(drop.folder, drop.name)
    places = (
        ("File", report.file),
        ("Results", report.results),
        ("Rows to fix", report.to_mend),
        ("Why", report.reason_file),
        ("Earlier results", report.earlier),
    )
    facts = [("Rows", _counted(report.counts)), ("Target", report.target), ("Run", report.run_id)]
    facts += [(label, link_to(place, drop.inbox, link_root)) for label, place in places]
    return Message(
        about=report,
        workbook=report.to_mend or report.results,
        title=_short(f"{name} {_SAYS[report.outcome]}"),
        reason=_short(report.reason),
        facts=tuple((label, value) for label, value in facts if value),
        errors=tuple(
            _short(f"{error.count} × {error.code}: {error.message} (first at {error.where})")
            for error in report.commonest[:ERRORS_SHOWN]
        ),
    )


def outage_message(trouble: Outage, *, is_over: bool) -> Message:
    """Return the message that a folder waits, or goes on."""
    where = f"{trouble.inbox}/{trouble.folder}" if trouble.folder else trouble.inbox
    says = "goes on" if is_over else f"waits for {_WAITS_FOR[trouble.kind]}"
    facts = [("Since", _time(trouble.since))]
    if not is_over:
        facts.append(("Next try", _time(trouble.again_at)))
    return Message(
        about=trouble,
        title=_short(f"{where} {says}"),
        reason="" if is_over else _short(trouble.message),
        facts=tuple(facts),
    )


def link_to(place: str, inbox: str, link_root: str) -> str:
    """Return the link to `place` for people: below `link_root` if it is in the inbox."""
    if not place or not link_root:
        return place
    root = inbox.rstrip("/")
    if place.startswith(f"{root}/"):
        inside = place.removeprefix(f"{root}/")
    elif "://" not in place and PurePath(place).is_relative_to(root):
        inside = PurePath(place).relative_to(root).as_posix()
    else:
        return place
    return f"{link_root.rstrip('/')}/{quote(inside) if '://' in link_root else inside}"


def _counted(counts: Counts) -> str:
    if not counts.read:
        return ""
    return f"{counts.read} read: {counts.in_words()}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
