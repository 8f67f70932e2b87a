"""A short campaign of the fuzzing command finds nothing."""

from pathlib import Path

import pytest

from tests.fuzz.campaign import Campaign


@pytest.mark.slow
def test_spoiled_files_give_rows_or_a_clear_refusal(tmp_path: Path) -> None:
    campaign = Campaign(seed=2026, keep=tmp_path)

    crashes = [crash for crash in (campaign.step() for _ in range(1_500)) if crash]

    assert crashes == []
    assert len(campaign.ends) > 8
