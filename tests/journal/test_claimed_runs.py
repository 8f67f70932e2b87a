"""What a journal knows of the runs of the files that an inbox took."""

import pytest

from loader.journal import Journal
from loader.journal.records import CLAIM_OPTION
from tests.journal.played_runs import LOST, OTHER_TARGET, created, played, staged
from tests.support.staged import TARGET, line

pytestmark = pytest.mark.anyio
MARKED = {CLAIM_OPTION: "t"}


async def test_rows_of_a_claim_that_went_to_another_target_are_known(journal: Journal) -> None:
    def elsewhere(token: str = "t", *, target: str = OTHER_TARGET) -> tuple[str, str] | None:
        return journal.staging.claim_sent_elsewhere(token, target=target, digest="d")

    unsent = staged(journal, [line(2, "A"), line(3, "B")], options=MARKED)
    assert elsewhere() is None

    await played(journal, unsent, A=LOST)
    assert elsewhere() == (unsent, TARGET)
    await played(journal, unsent, B=created("i-1"))
    assert elsewhere() == (unsent, TARGET)
    assert elsewhere("another") is None
    assert elsewhere(target=TARGET) is None

    with journal.lease(TARGET):
        journal.staging.begin_undo(unsent, options={})
    assert elsewhere() is None
