"""What one row of a draft would send, with its edits."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from loader.errors import DraftError
from loader.run.drafting import Draft, Drafts
from loader.run.drafting.row_payload import WhyNot
from loader.run.drafting.undoable_edits import Change
from loader.settings import load_settings
from tests.support.workbooks import PLACEMENT

CSV = f"""name,status,placement,type,content
A,approved,{PLACEMENT},html,<p>A</p>
B,aproved,{PLACEMENT},html,<p>B</p>
C,draft,Web banner,html,<p>C</p>
"""


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    flags = {"journal": str(tmp_path / "journal.sqlite3")}
    found = Drafts(tmp_path / "drafts", load_settings(environment={}, flags=flags), sandbox=False)
    yield found
    found.close()


def opened(drafts: Drafts, text: str) -> Draft:
    folder = drafts.new_folder()
    (folder / "file").write_text(text, "utf-8")
    draft = drafts.open_new(folder, "offers.csv")
    draft.wait()
    return draft


def test_a_row_says_what_it_would_send_or_why_it_sends_nothing(drafts: Drafts) -> None:
    draft = opened(drafts, CSV)

    first, second, third = (draft.payload(row) for row in (1, 2, 3))

    assert orjson.loads(first.body or b"")["name"] == "A"
    assert (first.number, first.before, first.after) == (2, None, 2)
    assert second.why is WhyNot.INVALID
    assert [each.cell for each in second.errors] == ["B3"]
    assert orjson.loads(second.body or b"")["status"] == "aproved"
    assert (third.why, third.after) == (WhyNot.UNSETTLED, None)


def test_an_edit_counts_at_once(drafts: Drafts) -> None:
    draft = opened(drafts, CSV)
    draft.edit([Change(row_id=2, position=1, text="approved")], words="edited")

    assert orjson.loads(draft.payload(2).body or b"")["status"] == "approved"


def test_a_row_that_is_not_there_and_columns_that_are_not_matched(drafts: Drafts) -> None:
    draft = opened(drafts, CSV.replace("content", "Farbe"))

    assert draft.payload(1).why is WhyNot.UNMATCHED
    with pytest.raises(DraftError):
        draft.payload(99)
