"""A server drawn at random, out of all that the documentation leaves open.

Tests that torture a client take their server from here. `DRAWN` holds the values of every setting
that imitates something unknown of the real service, `NOT_DRAWN` the others with the reason. A new
setting has to be in one of them.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from offer_sandbox.settings import KeptNames, PageSizes, SandboxSettings, UsedIdWords

_BOTH: Final = (False, True)
DRAWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "dps_sandbox_header": ("required", "prod"),
    "request_id_header": ("none", "echoed", "echoed-reads", "own"),
    "unique_request_ids": _BOTH,
    "used_request_id_says": get_args(UsedIdWords),
    "token_seconds": (86_399, 3),
    "refused_token_status": (401, 403),
    "token_says_seconds": (None, 0, -1),
    "create_status": (200, 201, 202),
    "invalid_body_status": (400, 422),
    "content_type_status": (400, 415),
    "unknown_sandbox_status": (400, 403, 404),
    "wrong_secret_status": (400, 401),
    "default_limit": (20, 100),
    "max_limit": (100, 500),
    "max_containers": (1, 100),
    "page_sizes": get_args(PageSizes),
    "next_links": ("relative", "absolute-path", "absolute-url"),
    "xcore_total": ("remaining", "all"),
    "encoded_comma_splits": _BOTH,
    "encoded_quotes_are_syntax": _BOTH,
    "wildcards_in_equality": _BOTH,
    "property_filter": ("honoured", "ignored", "nothing"),
    "names_kept": get_args(KeptNames),
    "name_filter": ("exact", "folded"),
    "unknown_fields": ("drop", "keep", "refuse"),
    "keep_rank_and_constraint": _BOTH,
    "unknown_placements": ("refuse", "accept"),
    "empty_representations": ("refuse", "accept"),
    "foreign_placements": ("accept", "refuse"),
    "unknown_tags": ("refuse", "accept"),
    "match_component_kind": _BOTH,
    "require_channel": _BOTH,
    "unique_names": _BOTH,
    "archived_becomes": ("anything", "draft", "nothing"),
    "text_reads_as": ("text", "component-text"),
    "types_read_as": ("sent", "short", "component", "uri"),
    "languages_read_as": ("sent", "lower-case", "upper-case"),
    "labels_read_as": ("sent", "lower-case", "reversed"),
    "receipt_ids": ("same", "escaped", "short"),
    "patch_operations": ("documented", "all"),
    "patch_test": ("honoured", "ignored"),
    "test_compares": ("shown", "held"),
    "test_sees_etag": _BOTH,
    "failed_test_status": (409, 412, 422),
    "inapplicable_patch_status": (400, 409, 422),
    "unchanged_update": ("counts", "ignored"),
    "update_reply": ("receipt", "object", "nothing"),
    "updates": ("done", "poll"),
    "update_seconds": (0.0, 0.1),
    "update_outcome": ("applied", "refused"),
    "update_refusal_status": (200, 409, 422),
    "cache_between": ("none", "heeds"),
    "json_mark": _BOTH,
    "locations": ("relative", "absolute-path", "absolute-url"),
    "undecided_reads_as": ("accepted", "running"),
    "decided_reads_as": ("reply", "state"),
    "xcore_if_match": ("honoured", "ignored"),
    "dps_location": _BOTH,
    "dps_etag_header": _BOTH,
    "dps_if_match": _BOTH,
    "dps_lost_match_status": (409, 412),
    "dps_put": _BOTH,
    "dps_delete": ("done", "poll"),
    "xcore_delete": ("accepted", "poll", "receipt"),
    "xcore_delete_seconds": (0.0, 0.1),
    "xcore_delete_outcome": ("deleted", "refused"),
    "xcore_delete_refusal_status": (200, 409, 422),
    "used_in_decisions": ("", "7"),
    "used_delete_status": (409, 400, 422),
    "archive_used": ("accept", "refuse"),
    "decisions_shown": ("yes", "forbidden", "absent"),
    "foreign_accept_status": (400, 406),
}
_ACCESS: Final = "who is let in, and to what; nothing unknown"
_LIMIT: Final = "a limit refuses sound rows, which tests of a whole delivery count as lost"
NOT_DRAWN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("host", "allowed_hosts", "client_id", "client_secret"), _ACCESS),
    **dict.fromkeys(("access_token", "org_id", "user"), _ACCESS),
    **dict.fromkeys(("sandbox_name", "other_sandboxes"), _ACCESS),
    **dict.fromkeys(("max_offers", "max_offer_bytes", "max_representation_bytes"), _LIMIT),
    **dict.fromkeys(("max_characteristics", "max_tags", "max_body_bytes"), _LIMIT),
    "token_contains": "no client can send such a token: nothing is ever delivered",
    "next_links=other-origin": "no client may follow such a link: no list is ever read",
    "locations=other-origin": "no client may follow such a link: no change is ever decided",
    "cache_between=deaf": "no list is ever fresh: nothing is ever delivered",
    "cache_between=silent": "the same",
    "faults": "drawn by the plans `everything` and `lies`",
}


def random_settings(chance: random.Random, **given: Any) -> SandboxSettings:
    """Draw every uncertainty but those that are given; half of them are as is most likely."""
    likely = SandboxSettings()
    drawn = {
        name: chance.choice(values) if chance.random() < 0.5 else getattr(likely, name)
        for name, values in DRAWN.items()
    }
    return replace(likely, **drawn | given)
