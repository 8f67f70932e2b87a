"""Every setting of the sandbox: who is let in, and whatever the documentation leaves open.

Rules of this file: a default is the documented behaviour, or where none is known the one that
real clients saw. docs/sandbox.md says which is which.
"""

from dataclasses import dataclass, field
from typing import Literal

from offer_sandbox.faults import FaultPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How one sandbox behaves, from its start to its end."""

    # who is let in
    host: str = "127.0.0.1"
    client_id: str = "sandbox-client-id"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - a demo credential, on loopback
    access_token: str = "sandbox-access-token"  # noqa: S105 - a ready token that never expires
    org_id: str = "0123456789ABCDEF01234567@AdobeOrg"
    sandbox_name: str = "demo"
    other_sandboxes: tuple[str, ...] = ("other",)
    user: str = "technical.account@AdobeID"
    token_seconds: int = 86_399
    max_body_bytes: int = 1_000_000

    # statuses that are not documented
    create_status: int = 201
    invalid_body_status: int = 400
    content_type_status: int = 400
    unknown_sandbox_status: int = 404
    wrong_secret_status: int = 401

    # lists
    default_limit: int = 20
    max_limit: int = 100
    encoded_comma_splits: bool = False  # does %2C inside a property filter separate expressions?
    xcore_total: Literal["remaining", "all"] = "remaining"

    # bodies
    unknown_fields: Literal["drop", "keep", "refuse"] = "drop"
    keep_rank_and_constraint: bool = False
    text_reads_as: Literal["text", "component-text"] = "text"
    unknown_placements: Literal["refuse", "accept"] = "refuse"
    foreign_placements: Literal["accept", "refuse"] = "accept"  # ids of the other dialect
    unknown_tags: Literal["refuse", "accept"] = "accept"
    match_component_kind: bool = False
    require_channel: bool = False
    unique_names: bool = False
    max_representation_bytes: int | None = None
    max_characteristics: int | None = None
    max_tags: int | None = None

    # headers and methods
    dps_location: bool = False
    dps_etag_header: bool = False
    dps_if_match: bool = False
    dps_put: bool = False
    xcore_delete: Literal["accepted", "poll", "receipt"] = "accepted"

    faults: FaultPlan = field(default_factory=FaultPlan)

    @property
    def sandboxes(self) -> tuple[str, ...]:
        """Every sandbox of the organisation."""
        return (self.sandbox_name, *self.other_sandboxes)
