"""Every setting of the sandbox: who is let in, and whatever the documentation leaves open.

A default is the documented behaviour, or where none is known the one that real clients saw.
docs/sandbox.md says which is which.
"""

from dataclasses import dataclass, field
from typing import Literal

from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.in_between import CacheBetween

LinkForm = Literal["relative", "absolute-path", "absolute-url", "other-origin"]
PageSizes = Literal["limit", "fewer", "more"]
UsedIdWords = Literal[
    "used-before", "colon", "header", "underscore", "error-only", "code", "no-id", "processed"
]
KeptNames = Literal[
    "sent",
    "trimmed",
    "lower-case",
    "one-blank",
    "plain-blanks",
    "nfc",
    "folded",
    "cut",
    "three-bytes",
    "escaped",
    "percent-encoded",
    "mis-decoded",
    "mis-decoded-1252",
    "latin-1",
    "without-accents",
    "without-marks",
    "without-tags",
    "replaced",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How one sandbox behaves, from its start to its end."""

    # who is let in
    host: str = "127.0.0.1"
    allowed_hosts: str = ""  # further names in `Host`, joined by commas; * for any
    client_id: str = "sandbox-client-id"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - a demo credential, on loopback
    access_token: str = "sandbox-access-token"  # noqa: S105 - a ready token that never expires
    org_id: str = "0123456789ABCDEF01234567@AdobeOrg"
    sandbox_name: str = "demo"
    other_sandboxes: tuple[str, ...] = ("other",)
    dps_sandbox_header: Literal["required", "prod"] = "required"  # what a missing one means
    request_id_header: Literal["none", "echoed", "echoed-reads", "own"] = "none"  # of replies
    unique_request_ids: bool = False  # is an x-request-id that was used before refused?
    used_request_id_says: UsedIdWords = "used-before"
    user: str = "technical.account@AdobeID"
    max_body_bytes: int = 1_000_000

    # tokens
    token_seconds: int = 86_399
    refused_token_status: int = 401  # of a token that is not valid any more
    token_says_seconds: int | None = None  # the `expires_in` of the reply; None: the truth
    token_contains: Literal["plain", "line-break", "nul"] = "plain"  # noqa: S105 - no secret

    # statuses that are not documented
    create_status: int = 201
    invalid_body_status: int = 400
    content_type_status: int = 400
    unknown_sandbox_status: int = 404
    wrong_secret_status: int = 401
    foreign_accept_status: int = 406  # an instance is asked for by the schema of something else

    # lists
    default_limit: int = 20
    max_limit: int = 100
    max_containers: int = 100  # on one page of the list of containers
    page_sizes: PageSizes = "limit"  # what a page holds: as many as asked for, or not
    next_links: LinkForm = "relative"
    xcore_total: Literal["remaining", "all"] = "remaining"

    # filters
    encoded_comma_splits: bool = False  # does %2C inside a property filter separate expressions?
    encoded_quotes_are_syntax: bool = False  # are quotes and backslashes in a value taken off?
    wildcards_in_equality: bool = False  # do * and ? in the value of == stand for anything?
    property_filter: Literal["honoured", "ignored", "nothing"] = "honoured"

    # bodies
    names_kept: KeptNames = "sent"
    name_filter: Literal["exact", "folded"] = "exact"
    unknown_fields: Literal["drop", "keep", "refuse"] = "drop"
    keep_rank_and_constraint: bool = False
    unknown_placements: Literal["refuse", "accept"] = "refuse"
    foreign_placements: Literal["accept", "refuse"] = "accept"  # ids of the other dialect
    unknown_tags: Literal["refuse", "accept"] = "accept"
    empty_representations: Literal["refuse", "accept"] = "refuse"  # without any component
    match_component_kind: bool = False
    require_channel: bool = False
    unique_names: bool = False
    max_offers: int | None = None
    max_offer_bytes: int | None = 307_200
    max_representation_bytes: int | None = None
    max_characteristics: int | None = None
    max_tags: int | None = None
    archived_becomes: Literal["anything", "draft", "nothing"] = "anything"

    # how values come back
    text_reads_as: Literal["text", "component-text"] = "text"
    types_read_as: Literal["sent", "short", "component", "uri"] = "sent"
    languages_read_as: Literal["sent", "lower-case", "upper-case"] = "sent"
    labels_read_as: Literal["sent", "lower-case", "reversed"] = "sent"

    receipt_ids: Literal["same", "escaped", "short"] = "same"  # as reads show them?

    # updates
    patch_operations: Literal["documented", "all"] = "documented"
    patch_test: Literal["honoured", "ignored"] = "honoured"
    test_compares: Literal["shown", "held"] = "shown"
    test_sees_etag: bool = True  # and the other metadata
    failed_test_status: int = 409
    inapplicable_patch_status: int = 400  # of a pointer to nothing
    unchanged_update: Literal["counts", "ignored"] = "counts"  # does the etag grow?
    update_reply: Literal["receipt", "object", "nothing"] = "receipt"
    updates: Literal["done", "poll"] = "done"
    update_seconds: float = 0.0  # until an update to poll is decided
    update_outcome: Literal["applied", "refused"] = "applied"
    update_refusal_status: int = 200  # of what the Location answers then

    # between the caller and the service
    cache_between: CacheBetween = "none"  # of lists
    json_mark: bool = False  # does JSON begin with a byte order mark?

    # headers and methods
    locations: LinkForm = "relative"  # of what is decided later
    undecided_reads_as: Literal["accepted", "running"] = "accepted"  # at the Location
    decided_reads_as: Literal["reply", "state"] = "reply"  # of a change that was made
    xcore_if_match: Literal["honoured", "ignored"] = "honoured"
    dps_location: bool = False
    dps_etag_header: bool = False
    dps_if_match: bool = False
    dps_lost_match_status: int = 409
    dps_put: bool = False

    # deletes
    dps_delete: Literal["done", "poll"] = "done"
    xcore_delete: Literal["accepted", "poll", "receipt"] = "accepted"
    xcore_delete_seconds: float = 0.0  # until a delete to poll is decided
    xcore_delete_outcome: Literal["deleted", "refused"] = "deleted"
    xcore_delete_refusal_status: int = 200  # of what the Location answers then
    used_in_decisions: str = ""  # a regular expression of names: such offers are not deleted
    used_delete_status: int = 409
    archive_used: Literal["accept", "refuse"] = "accept"
    decisions_shown: Literal["yes", "forbidden", "absent"] = "yes"

    faults: FaultPlan = field(default_factory=FaultPlan)

    @property
    def sandboxes(self) -> tuple[str, ...]:
        """Every sandbox of the organisation."""
        return (self.sandbox_name, *self.other_sandboxes)
