"""The values that flow through the loader, and the closed sets they use.

Every value is frozen and valid by construction. Nothing here reads or writes anything, and only the
standard library is imported.

    file -> Chunk -> Checked -> Payload -> Job -> Outcome -> ResultRow (`loader.run_results`)

Rows travel in chunks (columns, see `loader.tables.chunk`) as far as the journal, and one by one
from there on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self


class Dialect(StrEnum):
    """The two HTTP dialects of the Offer Library."""

    DPS = "dps"  # live: plain JSON, `id`
    XCORE = "xcore"  # legacy: HAL, `instanceId` and `@id`


class Operation(StrEnum):
    """What is to be done to one offer on the server."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DELETE = "delete"
    NONE = "none"


UPDATES: Final = frozenset({Operation.UPDATE, Operation.ARCHIVE})  # what is done by a patch


class State(StrEnum):
    """The state of an operation. The moves between states are in `loader.operation_states`."""

    PENDING = "pending"  # not sent, or proven not taken by the server
    SENDING = "sending"  # the intent is on disk; the request may be anywhere
    DONE = "done"  # the server did it: by its reply, or as reconcile saw (final)
    FAILED = "failed"  # the API refused it (final)
    UNKNOWN = "unknown"  # sent, and nobody knows whether the server did it


class OperationEvent(StrEnum):
    """What happened to an operation."""

    START = "start"  # an attempt begins: its intent is committed
    DONE = "done"  # 2xx with a receipt
    REFUSED = "refused"  # the API refused this row
    NOT_ACCEPTED = "not_accepted"  # proof that the server did not take it
    LOST = "lost"  # no proof either way; also the death of the process
    GIVE_UP = "give_up"  # not sent, and will not be (already exists, out of attempts)
    FOUND = "found"  # reconcile: exactly one offer on the server is ours
    ABSENT = "absent"  # reconcile: proven not there
    AMBIGUOUS = "ambiguous"  # reconcile: several candidates, a person decides
    RETRY = "retry"  # a person loads a failed row again


class OutcomeKind(StrEnum):
    """The kinds of outcomes, by what may be done next."""

    DONE = "done"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    LOST = "lost"
    HALTED = "halted"  # run-level: the API as a whole cannot be used; the row was not taken


class RowKind(StrEnum):
    """How a source row entered the journal."""

    PRIMARY = "primary"  # the operation on its offer is done for this row
    PART = "part"  # a further row of the same offer, whose status is that of its primary row
    DUPLICATE = "duplicate"  # same key and same digest as an offer already in the journal
    INVALID = "invalid"  # has at least one error
    SKIPPED = "skipped"  # the mapping, or the row itself, says that it is not to be touched
    UNCHANGED = "unchanged"  # the server has what the row says
    CONFLICT = "conflict"  # the sheet, and the offer since the pull, changed the same
    GONE = "gone"  # the offer was deleted there meanwhile


class Severity(StrEnum):
    ERROR = "error"  # the row is not sent
    WARNING = "warning"  # the row is sent


LONGEST_VALUE: Final = 200  # of the text of a cell that an error keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One thing wrong with one cell (or, with no column, with one row).

    `cell` is the address as the spreadsheet shows it ("Offers!F17"; "F17" for CSV); `value` is
    the text of the cell, of a long one its start; `code` is stable and documented in
    docs/errors.md.
    """

    row_number: int
    column: str
    cell: str
    code: str
    message: str
    value: str = ""
    suggestion: str = ""
    severity: Severity = Severity.ERROR

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the error that was written as this JSON object. Any: JSON."""
        return cls(**{**document, "severity": Severity(document["severity"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundError:
    """An error of a row and the source it was found in."""

    source: str
    error: RowError


class Quoting(StrEnum):
    """What a quote in a text file is."""

    STANDARD = "standard"  # around a cell, and doubled inside of it
    NONE = "none"  # a character like any other


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something about a whole file that the user should know and that stops nothing."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What we POST for one row. `digest` is the sha256 (hex) of `body`, which is canonical JSON."""

    row_number: int
    row_key: str
    name: str
    digest: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The ids of a created offer, as the API gave them. DPS has one id: both fields hold it.

    `instance_id` is "" where the id in the reply is not known to be as lists show it: see `at_id`.
    """

    instance_id: str
    at_id: str
    etag: str = ""

    @property
    def named_id(self) -> str:
        """The id that a reply named."""
        return self.instance_id or self.at_id


NO_ID: Final = Receipt(instance_id="", at_id="")  # takes back what a reply named


# Successes that are to be looked up: the id is not as lists show ids, or only accepted (202).
IN_PART: Final = "id-in-part"
ACCEPTED: Final = "accepted"
# A create that was refused because its name exists; that offer may be its own.
NAME_REFUSED: Final = "name-refused"
# A request that was refused because its id was used before: something in between sent it twice.
SENT_TWICE: Final = "sent-twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one attempt.

    `began` is False only with proof that no byte of the request left; `retry_after_seconds` is
    what the server asks for, parsed; `code` is a stable word of ours ("timeout", "http-503").
    The receipt of a lost create has no `instance_id`: it is a name to look for, and no proof.
    """

    kind: OutcomeKind
    code: str
    message: str = ""
    http_status: int | None = None
    receipt: Receipt | None = None
    retry_after_seconds: float | None = None
    elapsed_seconds: float = 0.0
    began: bool = True
    request_id: str = ""  # our id of the request, for Adobe's support

    @property
    def asks_to_slow_down(self) -> bool:
        """Whether it was refused for its rate; some gateways say that with another status."""
        return self.http_status == 429 or self.code == "too-many-requests"

    @property
    def was_processed(self) -> bool:
        """Whether the server processed the request, whatever is still to be looked up."""
        if self.http_status is None:
            return self.kind is OutcomeKind.DONE
        is_taken = 200 <= self.http_status < 300 or self.code == SENT_TWICE
        return is_taken or self.kind in {OutcomeKind.DONE, OutcomeKind.REFUSED}

    def lost_if_conflict(self) -> "Outcome":
        """Return the outcome of a create that was sent before: a 409 may be about its own offer."""
        if self.kind is not OutcomeKind.REFUSED or self.http_status != 409:
            return self
        message = (
            f"{self.message}; it was sent before without a reply, so this may be its own offer"
        )
        return replace(self, kind=OutcomeKind.LOST, message=message)

    def as_lost_clash(self) -> "Outcome":
        """Return the outcome of a create that was refused because its name exists, as lost."""
        message = f"{self.message}; no list showed that name before, so this may be its own offer"
        return replace(self, kind=OutcomeKind.LOST, code=NAME_REFUSED, message=message)

    def as_sent_twice(self) -> "Outcome":
        """Return the outcome of a create whose refusal speaks of its request id, as lost."""
        message = f"{self.message}; something in between may have sent it twice"
        return replace(self, kind=OutcomeKind.LOST, code=SENT_TWICE, message=message)

    def as_lost_delete(self) -> "Outcome":
        """Return the outcome of a refused delete that was sent before, as lost."""
        message = f"{self.message}; an earlier request may have deleted it"
        return replace(self, kind=OutcomeKind.LOST, code="not-decided", message=message)

    def as_lost_update(self) -> "Outcome":
        """Return the outcome of an update whose refusal a late look-up may not explain, as lost."""
        message = f"{self.message}; the offer was looked up, but that may have been too early"
        return replace(self, kind=OutcomeKind.LOST, code="not-decided", message=message)

    def without_receipt(self, whose: str) -> "Outcome":
        """Return a success as lost, because its receipt names another offer."""
        named = self.receipt.named_id if self.receipt else ""
        return replace(
            self,
            kind=OutcomeKind.LOST,
            code="receipt-not-new",
            receipt=None,
            message=f"HTTP {self.http_status} with the id of {whose}: {named}; the offer is to be"
            " looked up",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One operation on one offer, as the journal hands it to the engine.

    `body` is what is sent (of a delete: what was sent when the offer was created); `remote_id` and
    `etag` name the offer on the server, where it exists; `before` is the whole remote object as it
    was read before the change, b"" where it was not read.
    """

    operation_id: int
    operation: Operation = Operation.CREATE
    key: str
    name: str
    digest: str
    body: bytes
    attempts: int = 0
    remote_id: str = ""
    etag: str = ""
    before: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRow:
    """An operation whose outcome is unknown, and when its last request left at the latest.

    `must_exist`: the API answered 2xx without ids, or that it exists: looked for and never sent
    again. `had_no_reply`: False where the last request was refused for its name.
    """

    job: Job
    last_sent_at: float
    must_exist: bool = False
    had_no_reply: bool = True
    answer: str = ""  # in words, if a reply was seen that proves nothing
    named_id: str = ""  # the id that a reply named, whole or its last part, if it proves nothing
    baseline: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOffer:
    """An offer as the API returns it. `offer` is the bare object in its dialect's names.

    `modified_at` is when it was last changed, as the API says it; "" where it does not.
    """

    receipt: Receipt
    name: str
    modified_at: str = ""
    offer: dict[str, Any] = field(repr=False)
