"""An offer is ours in whatever form the server gives its values back, and in no other case."""

from itertools import product
from pathlib import Path

import orjson
import pytest

from loader.model import Dialect
from loader.offer.compare import differences, not_kept
from offer_sandbox.read_forms import as_read
from offer_sandbox.settings import SandboxSettings
from tests.support.checking import GOOD, payload_of

ROW = GOOD | {
    "language": "en;fr-CA",
    "labels": "core/C1;custom/Own",
    "channel": "web",
    "placement_2": "dps:offer-placement:other",
    "type_2": "text",
    "content_2": "Hi",
}
FORMS = list(
    product(
        ("sent", "short", "component", "uri"),
        ("sent", "lower-case", "upper-case"),
        ("sent", "lower-case", "reversed"),
    )
)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("types", "languages", "labels"), FORMS)
def test_a_value_in_another_form_is_the_same(
    tmp_path: Path, dialect: Dialect, types: str, languages: str, labels: str
) -> None:
    server = SandboxSettings(
        types_read_as=types,
        languages_read_as=languages,
        labels_read_as=labels,
    )
    body = payload_of(tmp_path, ROW, dialect).body

    assert differences(body, as_read(server, str(dialect), orjson.loads(body)), dialect) == []


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("type_2", "html"),
        ("language", "en;fr"),
        ("labels", "core/C1"),
        ("channel", "email"),
        ("channel", "https://example.com/web"),
        ("content", "<P>HI</P>"),
    ],
)
def test_another_value_is_a_difference(tmp_path: Path, column: str, other: str) -> None:
    ours = payload_of(tmp_path, ROW).body
    theirs = payload_of(tmp_path, ROW | {column: other}).body

    assert len(differences(ours, orjson.loads(theirs), Dialect.DPS)) == 1


def test_a_single_language_may_come_back_as_a_text(tmp_path: Path) -> None:
    body = payload_of(tmp_path, GOOD | {"language": "en"}).body
    remote = orjson.loads(body)
    remote["representations"][0]["components"][0]["language"] = "EN"

    assert differences(body, remote, Dialect.DPS) == []


def test_dates_and_rank_that_the_server_does_not_show_are_no_difference_but_named() -> None:
    limits = {"startDate": "2026-01-01T00:00:00.000+00:00", "profileConstraintType": "none"}
    sent = orjson.dumps({"name": "A", "selectionConstraint": limits, "rank": {"priority": 0}})

    assert differences(sent, {"name": "A"}, Dialect.DPS) == []
    assert not_kept(sent, {"name": "A"}) == ("start_date", "priority")
    assert not_kept(sent, {"name": "A", "selectionConstraint": limits}) == ("priority",)
    assert not_kept(orjson.dumps({"name": "A"}), {"name": "A"}) == ()
