"""How an offer stands to an update, by what it has now."""

from typing import Any

import pytest

from loader.api.is_update_applied import UpdateState, update_state

AS_SENT, AS_BEFORE, CHANGED, GONE = UpdateState
TEST = {"op": "test", "path": "/a", "value": 1}
REPLACE = {"op": "replace", "path": "/a", "value": 2}
ADD = {"op": "add", "path": "/b", "value": [1]}
INSIDE = {"op": "add", "path": "/c/d~1~0e", "value": "x"}
REMOVE = {"op": "remove", "path": "/a"}


@pytest.mark.parametrize(
    ("steps", "there", "expected"),
    [
        ([TEST, REPLACE], {"a": 1}, AS_BEFORE),
        ([TEST, REPLACE], {"a": 2}, AS_SENT),
        ([TEST, REPLACE], {"a": 3}, CHANGED),
        ([TEST, REPLACE], {"a": True}, CHANGED),
        ([TEST, REPLACE], {}, CHANGED),
        ([TEST, REPLACE], None, GONE),
        ([TEST, REMOVE], {"a": 1}, AS_BEFORE),
        ([TEST, REMOVE], {}, AS_SENT),
        ([TEST, REMOVE], {"a": None}, CHANGED),
        ([TEST, REPLACE, ADD], {"a": 1}, AS_BEFORE),
        ([TEST, REPLACE, ADD], {"a": 1, "b": []}, CHANGED),
        ([TEST, REPLACE, ADD], {"a": 2}, CHANGED),
        ([TEST, REPLACE, ADD], {"a": 2, "b": [1.0]}, AS_SENT),
        ([{"op": "test", "path": "/c", "value": {}}, INSIDE], {"c": {}}, AS_BEFORE),
        ([{"op": "test", "path": "/c", "value": {}}, INSIDE], {"c": {"d/~e": "x"}}, AS_SENT),
        ([{"op": "test", "path": "/c", "value": {}}, INSIDE], {"c": {"f": "x"}}, CHANGED),
        ([{"op": "add", "path": "/c/0", "value": "x"}], {"c": ["x"]}, AS_SENT),
        ([], {"a": 1}, AS_SENT),
    ],
)
def test_the_tests_and_the_values_tell(
    steps: list[dict[str, Any]], there: dict[str, Any] | None, expected: UpdateState
) -> None:
    assert update_state(steps, there) is expected


@pytest.mark.parametrize(
    ("etag", "etag_now", "expected"),
    [("1", "1", AS_BEFORE), ("1", "2", CHANGED), ("", "", CHANGED)],
)
def test_a_step_without_a_test_was_made_against_a_revision(
    etag: str, etag_now: str, expected: UpdateState
) -> None:
    assert update_state([REPLACE], {"a": 1}, etag=etag, etag_now=etag_now) is expected
