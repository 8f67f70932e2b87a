"""What a target guards is found out on a draft offer, of which nothing is left."""

from typing import Any

import pytest

from loader.api.guard_probe import probe_guards
from loader.errors import TargetError
from loader.model import Dialect
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.clients import opened

pytestmark = pytest.mark.anyio
DIALECTS = pytest.mark.parametrize("dialect", list(Dialect))


async def probed(dialect: Dialect, changed: dict[str, Any], *faults: str) -> tuple[Any, int]:
    """Probe a sandbox; return what was found and how many offers are left."""
    with running_sandbox(SandboxSettings(**changed)) as sandbox:
        async with opened(sandbox, dialect) as client:
            sandbox.set_faults(*faults)
            try:
                found: Any = await probe_guards(client, dialect, name="Probe")
            except TargetError as error:
                found = str(error)
        return found, len(sandbox.offers())


@pytest.mark.parametrize(
    ("dialect", "changed", "expected"),
    [
        (Dialect.DPS, {}, (True, True, True)),
        (Dialect.DPS, {"failed_test_status": 422, "dps_delete": "poll"}, (True, True, True)),
        (Dialect.DPS, {"updates": "poll", "update_reply": "nothing"}, (True, True, True)),
        (Dialect.DPS, {"patch_test": "ignored"}, (True, False, False)),
        (Dialect.DPS, {"test_sees_etag": False}, (True, True, False)),
        (Dialect.DPS, {"updates": "poll", "update_outcome": "refused"}, (False, True, False)),
        (Dialect.XCORE, {}, (True, True, True)),
        (Dialect.XCORE, {"xcore_if_match": "ignored"}, (True, False, False)),
    ],
)
async def test_every_kind_of_guard_is_told(
    dialect: Dialect, changed: dict[str, Any], expected: tuple[bool, ...]
) -> None:
    found, left = await probed(dialect, changed)

    assert (found.accepts_updates, found.guards_values, found.guards_new_values) == expected
    assert (found.leftover, left) == ("", 0)


@DIALECTS
async def test_a_probe_without_an_answer_cleans_up_and_says_so(dialect: Dialect) -> None:
    found, left = await probed(dialect, {}, "status-before on=update status=503")

    assert "not known" in found
    assert left == 0


@DIALECTS
async def test_a_draft_offer_that_cannot_be_created_is_named(dialect: Dialect) -> None:
    found, left = await probed(dialect, {}, "reset-after on=create")

    assert "'Probe'" in found
    assert left == 1


@DIALECTS
async def test_a_draft_offer_that_cannot_be_removed_is_told(dialect: Dialect) -> None:
    found, left = await probed(dialect, {"used_in_decisions": "Probe.*"})

    assert found.leftover
    assert left == 1


@DIALECTS
async def test_a_probe_that_fails_and_leaves_its_offer_names_it(dialect: Dialect) -> None:
    found, left = await probed(
        dialect, {"used_in_decisions": "Probe.*"}, "status-before on=update status=503"
    )

    assert "not known" in found
    assert "'Probe' could not be removed" in found
    assert left == 1
