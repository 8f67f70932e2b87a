"""Every error that the loader raises, and the exit code of each.

    LoaderError                 the message says what happened, where, and what to do     exit 3
    ├─ SettingsError            missing or contradictory setting                          exit 2
    ├─ SourceError              the whole file cannot be used                             exit 2
    │  ├─ UnreadableSource      not CSV/Excel, wrong encoding, encrypted, truncated, empty
    │  └─ WrongColumns          missing or unknown columns: lists both, and suggests
    ├─ ResultsError             the results cannot be written                             exit 2
    ├─ DraftError               a file on the page cannot be used                         exit 2
    │  ├─ EditRefused           an edit that cannot be made
    │  └─ TooMuch               an upload that is too large, or one draft too many
    ├─ ClusterError             the machines that help with a check cannot be used        exit 2
    ├─ JournalError                                                                       exit 4
    │  ├─ JournalBusy           another loader holds it
    │  ├─ JournalMismatch       from a newer version, or not a journal
    │  └─ IllegalMove           a move that the life cycle does not know (a bug)
    └─ TargetError              the API as a whole cannot be used                         exit 5
       └─ AuthError             no token, or the token is refused

Rows never raise: what is wrong with a row is a `RowError` or an `Outcome`, which are values.
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The documented exit codes of every command."""

    OK = 0  # every row created, or already there
    ROWS_FAILED = 1  # finished; some rows are invalid or failed
    USAGE = 2  # usage, settings, source or results path
    UNEXPECTED = 3  # a bug: a log with versions and traceback was written and named
    JOURNAL = 4  # the journal cannot be used
    TARGET = 5  # the API as a whole cannot be used
    UNFINISHED = 6  # stopped with unknown or pending rows: resume
    INTERRUPTED = 130  # Ctrl-C: resume


class LoaderError(Exception):
    """Base of all errors we raise. `str(error)` is for the person who must act.

    `code` is stable and documented in docs/errors.md: the class's own, unless a closer one is
    given.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    code: str = "unexpected"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class SettingsError(LoaderError):
    """A setting is missing, malformed, or contradicts another."""

    exit_code = ExitCode.USAGE
    code = "settings"


class NothingToDo(SettingsError):
    """What was asked for is done already."""


class RowsLeftOpen(NothingToDo):
    """There is nothing to do for what was asked for, but rows are open for another command."""

    exit_code = ExitCode.UNFINISHED


class NotConfirmed(LoaderError):
    """The person who was asked said no: nothing was sent."""

    exit_code = ExitCode.INTERRUPTED
    code = "declined"


class PlanStopped(LoaderError):
    """A plan was stopped before it was made: nothing was sent."""

    exit_code = ExitCode.INTERRUPTED
    code = "plan-stopped"


class SourceError(LoaderError):
    """A whole source cannot be used."""

    exit_code = ExitCode.USAGE
    code = "unusable-source"


class UnreadableSource(SourceError):
    """The file is not a spreadsheet we can read to its end."""

    code = "unreadable-file"


class WrongColumns(SourceError):
    """The header lacks columns, repeats them or has ones we do not know."""

    code = "wrong-columns"


class ResultsError(LoaderError):
    """The results cannot be written where they should be."""

    exit_code = ExitCode.USAGE
    code = "not-writable"


class DraftError(LoaderError):
    """A file on the page (a draft) that cannot be used; nothing was changed."""

    exit_code = ExitCode.USAGE
    code = "no-such-draft"


class EditRefused(DraftError):
    """An edit that cannot be made."""

    code = "edit-refused"


class TooMuch(DraftError):
    """An upload that is too large, or one draft too many."""

    code = "too-much-to-draft"


class ClusterError(LoaderError):
    """The machines that were to help with a check cannot be used; nothing was changed."""

    exit_code = ExitCode.USAGE
    code = "cluster"


NO_JOURNAL = "no-journal"  # the code where there is none yet


class JournalError(LoaderError):
    """The journal cannot be read or written: nothing more is sent."""

    exit_code = ExitCode.JOURNAL
    code = "journal"


class JournalBusy(JournalError):
    """Another loader holds this journal. `found` is the message without the advice.

    Whoever stands by looks again after `again_in` seconds.
    """

    code = "journal-busy"

    def __init__(self, found: str, *, advice: str = "", again_in: float = 0.2) -> None:
        super().__init__(f"{found}: {advice}" if advice else found)
        self.found = found
        self.again_in = again_in


class JournalMismatch(JournalError):
    """The file is not a journal, or comes from a newer version."""

    code = "journal-mismatch"


class IllegalMove(JournalError):
    """A move that the life cycle's table does not know: a bug of ours."""

    code = "illegal-move"


class TargetError(LoaderError):
    """The API as a whole cannot be used."""

    exit_code = ExitCode.TARGET
    code = "target"


class AuthError(TargetError):
    """No token could be had, or the API refuses it."""

    code = "no-access"
