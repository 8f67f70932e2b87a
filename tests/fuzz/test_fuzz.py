"""The fuzzing command keeps what it finds, is repeatable, and a short run of it finds nothing."""

import random
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest

from tests.corpus.books import HEAD, book_parts, row, sheet_xml
from tests.fuzz.__main__ import TARGETS, opened
from tests.fuzz.campaign import Campaign
from tests.fuzz.files import Reading, agree
from tests.fuzz.records import read_records, spoil_records
from tests.fuzz.spoil_replies import hides
from tests.fuzz.target import BrokenPromise
from tests.fuzz.trees import spoil_tree

SHEET = book_parts(sheet_xml(HEAD + row(2, "a", "b")))["xl/worksheets/sheet1.xml"]
TRIALS = {"files": 600, "replies": 60, "mappings": 200}


class Careless:
    """A target that breaks its promise in every third case."""

    def attempt(self, dice: random.Random, folder: Path) -> str:
        drawn = dice.randrange(3)
        (folder / "case.txt").write_text(str(drawn), "ascii")
        if drawn == 0:
            raise BrokenPromise("it was lost")
        return "kept"

    def close(self) -> None:
        pass


def test_a_find_is_kept_with_its_story_and_comes_again_from_its_seed(tmp_path: Path) -> None:
    campaign = Campaign("careless", Careless(), seed=1, keep=tmp_path)

    found = [campaign.step() for _ in range(30)]

    number = next(n for n, find in enumerate(found, start=1) if find)
    kept = tmp_path / f"careless-1-{number}"
    assert (kept / "case.txt").read_text("ascii") == "0"
    assert "BrokenPromise: it was lost" in (kept / "story.txt").read_text("utf-8")
    assert 0 < campaign.finds < 30
    assert f"{campaign.finds} finds" in campaign.summary()
    assert Campaign("again", Careless(), seed=1, keep=tmp_path).replay(number)


def test_a_spoiled_part_is_still_a_document_and_the_same_for_a_seed() -> None:
    made = [spoil_tree(random.Random(seed), SHEET) for seed in range(40)]

    assert len(set(made)) > 20
    for document in made:
        ElementTree.fromstring(document)
    assert made[7] == spoil_tree(random.Random(7), SHEET)


def test_records_are_read_and_written_as_they_were() -> None:
    stream = b"\x00\x03abc" + b"\x9c\x01\x02de" + b"\x81\x01\x80\x01" + b"x" * 128

    assert read_records(stream) == [(0, b"abc"), (156, b"de"), (129, b"x" * 128)]
    assert len({spoil_records(random.Random(seed), stream) for seed in range(20)}) > 10


@pytest.mark.parametrize(
    ("seen", "is_hidden"),
    [
        ({"results": [{"id": "1", "name": "A"}], "total": 1}, False),
        ({"results": [], "total": 0}, True),
        ({"results": [{"id": "1", "name": "B"}], "total": 1}, True),
        ({"results": [], "total": 1}, False),  # not consistent: a client can tell
        ({"results": [], "total": "0"}, False),
        ({"results": [], "total": 0, "count": 1}, False),
        ([], False),
    ],
)
def test_only_what_no_client_could_see_through_is_left_out(seen: object, is_hidden: bool) -> None:
    true = orjson.dumps({"results": [{"id": "1", "name": "A"}], "total": 1})

    assert hides(true, orjson.dumps(seen)) == is_hidden


def test_two_readings_that_differ_are_a_find() -> None:
    one = Reading(tables=(("", ("a",), 1, {2: ("x",)}),))
    agree(one, one, "twice")

    with pytest.raises(BrokenPromise, match=r"2: \('x',\) / \('y',\)"):
        agree(one, Reading(tables=(("", ("a",), 1, {2: ("y",)}),)), "two ways")
    with pytest.raises(BrokenPromise, match="rows / damaged"):
        agree(one, Reading(refusal="damaged", code="damaged-file"), "two ways")


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_campaign_finds_nothing(name: str, tmp_path: Path) -> None:
    target = opened(name)
    campaign = Campaign(name, target, seed=2026, keep=tmp_path)
    try:
        finds = [find for find in (campaign.step() for _ in range(TRIALS[name])) if find]
    finally:
        target.close()

    assert finds == []
    assert len(campaign.ends) > 1
