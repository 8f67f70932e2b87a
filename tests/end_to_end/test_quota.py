"""A server with a quota for each window, which says nothing of when to come back."""

from pathlib import Path

from offer_sandbox import running_sandbox
from tests.support.workbooks import loader_for, results_of, write_offers


def test_a_quota_of_creates_in_a_window_is_waited_for(tmp_path: Path) -> None:
    names = [f"Offer {number}" for number in range(12)]
    with running_sandbox() as sandbox:
        sandbox.set_faults("quota=5", "quota-seconds=2", "limit-retry-after=absent")
        write_offers(tmp_path / "offers.csv", names)
        ran = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="4").run(
            "load", "offers.csv", "--results", "results.csv"
        )
        held = sandbox.offers()

    assert ran.code == 0, ran.err
    assert sorted(offer["name"] for offer in held) == sorted(names)
    assert {row["status"] for row in results_of(tmp_path / "results.csv")} == {"created"}
