"""`loader doctor --write-probe` over real sockets."""

from pathlib import Path
from typing import Any

import pytest

from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.workbooks import loader_for


@pytest.mark.parametrize(
    ("changed", "code", "health", "said"),
    [
        ({}, 0, "ok", "never overwrites"),
        ({"patch_test": "ignored"}, 0, "warning", "can overwrite somebody's edit"),
        ({"patch_operations": "all", "test_sees_etag": False}, 0, "warning", "what was empty"),
        ({"updates": "poll", "update_outcome": "refused"}, 5, "failed", "refused to update"),
    ],
)
def test_the_doctor_tries_updates_where_asked_and_leaves_nothing(
    tmp_path: Path, changed: dict[str, Any], code: int, health: str, said: str
) -> None:
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        loader = loader_for(sandbox, tmp_path)
        ran = loader.run("doctor", "--write-probe", "--json")
        left, requests = sandbox.offers(), sandbox.counters()["requests"]

    (found,) = [one for one in ran.json["diagnoses"] if one["subject"] == "updates"]
    assert (ran.code, found["health"]) == (code, health)
    assert said in found["message"]
    assert left == []
    assert requests["create"] == 1


def test_the_doctor_changes_nothing_unless_asked(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        ran = loader_for(sandbox, tmp_path).run("doctor")
        requests = sandbox.counters()["requests"]

    assert ran.code == 0
    assert not {"create", "update", "delete"} & set(requests)
