"""The audit and the history of an offer, for a person or as JSON."""

from collections.abc import Iterable, Iterator
from typing import Final

from loader.cli.output.formats import json_text, utc_text
from loader.cli.output.terminal import echo, echo_document, echo_table, on_one_line
from loader.errors import ExitCode
from loader.journal.records import AuditEntry
from loader.run.change_reports import ChainReport, OfferHistory
from loader.target_words import target_in_words


def show_audit(entries: Iterable[AuditEntry], *, as_json: bool) -> None:
    """Show the entries, oldest first."""
    if as_json:
        for entry in entries:
            echo_document(json_text(entry))
        return
    echo_table(
        ("number", "when", "who", "what", "run", "target", "details"),
        [
            (
                str(entry.number),
                utc_text(entry.at) or "",
                entry.person,
                entry.event,
                entry.run_id,
                on_one_line(target_in_words(entry.target)),
                ", ".join(_details(entry)),
            )
            for entry in entries
        ],
    )


def _details(entry: AuditEntry) -> Iterator[str]:
    """Yield what else is known of an entry; a digest in short."""
    for name, value in entry.details.items():
        if name == "operations":
            yield from (f"{count} {what}" for what, count in value.items())
        elif name == "sources":
            yield from (f"{path} {digest[:_SHORT]}" for path, digest in value.items())
        elif value:
            is_digest = name == "digest" or name.endswith("_sha256")
            yield f"{name} {value[:_SHORT] if is_digest else value}"


_SHORT: Final = 12  # characters of a digest; --json and --export have all


def show_chain(report: ChainReport, *, as_json: bool) -> ExitCode:
    """Say whether the audit is whole; return the exit code."""
    if as_json:
        echo_document(json_text(report))
    elif report.broken_at is None:
        echo(f"the audit is whole: {report.entries} entries, the last hash {report.last_hash}")
    else:
        echo(
            f"the audit is broken at entry {report.broken_at}: it, or the one before it, was"
            " changed or removed. Compare with a copy of the journal"
        )
    return report.exit_code


def show_history(history: OfferHistory, *, as_json: bool) -> None:
    """Show what is known of an offer, oldest first."""
    if as_json:
        echo_document(json_text(history))
        return
    for event in history.events:
        echo(on_one_line(f"{utc_text(event.at)}  {event.what}  {event.name}  {event.remote_id}"))
        for line in event.changes:
            echo(on_one_line(f"                      {line}"))
