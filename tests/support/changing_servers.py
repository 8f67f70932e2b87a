"""Settings of servers that change and delete offers each in its own way."""

from typing import Any

SERVERS: tuple[dict[str, Any], ...] = (
    {},
    {"failed_test_status": 412, "unchanged_update": "ignored"},
    {"failed_test_status": 422, "update_reply": "object", "test_compares": "held"},
    {"update_reply": "nothing", "types_read_as": "uri", "languages_read_as": "upper-case"},
    {"updates": "poll", "update_seconds": 0.02, "labels_read_as": "reversed"},
    {"types_read_as": "component", "text_reads_as": "component-text", "dps_if_match": True},
    {"labels_read_as": "lower-case", "xcore_delete": "poll", "dps_delete": "poll"},
)
