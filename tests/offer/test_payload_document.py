"""Rows to payloads: the documented bodies come out of rows that fill those columns."""

from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loader.api.xcore import envelope
from loader.model import Dialect
from loader.offer.compare import differences
from loader.offer.entity import FALLBACK_OFFER
from loader.validation.check import check
from loader.validation.entity import RowRules
from loader.validation.payloads import payloads
from tests.support.checking import ANY_CELLS, GOOD, checked_rows, payload_of
from tests.support.documented_offer import DOCUMENTED
from tests.validation.many_rows import IDS_ONLY, chunk_of

SAMPLE = {
    "name": "Test Fallback Offer DPS",
    "description": "Fallback Offer description",
    "status": "approved",
    "placement": "offerPlacement1234",
    "type": "image",
    "delivery_url": "https://mysite.com",
    "format": "image/png",
    "channel": "web",
    "start_date": "2022-06-10T00:30:00.000+00:00",
    "end_date": "2032-06-06T23:29:21.402+00:00",
    "priority": "1",
}


def test_the_documented_dps_sample_comes_out_of_its_row(tmp_path: Path) -> None:
    assert orjson.loads(payload_of(tmp_path, SAMPLE).body) == DOCUMENTED


def test_a_row_that_does_not_fill_them_sends_neither_dates_nor_rank(tmp_path: Path) -> None:
    row = {k: v for k, v in SAMPLE.items() if k not in ("start_date", "end_date", "priority")}

    body = orjson.loads(payload_of(tmp_path, row).body)

    assert set(body) == {"name", "description", "status", "representations"}


def test_the_documented_xcore_sample_comes_out_of_its_row(tmp_path: Path) -> None:
    row = {
        "name": "Fallback for sales",
        "status": "approved",
        "placement": "xcore:offer-placement:124e0be5699743d3",
        "type": "html",
        "content": "<b>Sale</b>",
        "language": "en",
        "channel": "https://ns.adobe.com/xdm/channel-types/web",
    }
    body = payload_of(tmp_path, row, Dialect.XCORE).body

    offer = orjson.loads(body)
    assert offer == {
        "xdm:status": "approved",
        "xdm:name": "Fallback for sales",
        "xdm:representations": [
            {
                "xdm:components": [
                    {
                        "dc:language": ["en"],
                        "@type": "https://ns.adobe.com/experience/offer-management/"
                        "content-component-html",
                        "dc:format": "text/html",
                        "xdm:content": "<b>Sale</b>",
                    }
                ],
                "xdm:channel": "https://ns.adobe.com/xdm/channel-types/web",
                "xdm:placement": "xcore:offer-placement:124e0be5699743d3",
            }
        ],
    }
    assert orjson.loads(envelope(body)) == {"_instance": offer, "_links": {}}


def test_numbered_groups_are_representations_and_languages(tmp_path: Path) -> None:
    row = GOOD | {
        "language": "en",
        "placement_2": GOOD["placement"],
        "type_2": "html",
        "content_2": "<p>Salut</p>",
        "language_2": "fr;fr-CA",
        "placement_3": "offerPlacement1234",
        "type_3": "image",
        "delivery_url_3": "https://example.com/a.png",
    }

    first, second = orjson.loads(payload_of(tmp_path, row).body)["representations"]

    assert [each["language"] for each in first["components"]] == [["en"], ["fr", "fr-CA"]]
    assert second["components"] == [
        {"type": "imagelink", "format": "image/png", "deliveryURL": "https://example.com/a.png"}
    ]


def test_attributes_tags_and_labels(tmp_path: Path) -> None:
    row = GOOD | {"attr:Tier": "gold", "attr:Empty": "", "tags": "a; b;a", "labels": "core/C1"}

    body = orjson.loads(payload_of(tmp_path, row).body)

    assert body["characteristics"] == {"Tier": "gold"}
    assert body["tags"] == ["a", "b"]
    assert body["labels"] == ["core/C1"]


def test_the_external_id_is_the_key_and_travels_only_where_allowed(tmp_path: Path) -> None:
    checked = checked_rows(tmp_path, [GOOD | {"external_id": "SKU-1"}])

    (plain,) = payloads(checked, Dialect.DPS)
    (carried,) = payloads(checked, Dialect.DPS, external_id_attribute="loaderKey")

    assert plain.row_key == carried.row_key == "SKU-1"
    assert b"SKU-1" not in plain.body
    assert orjson.loads(carried.body)["characteristics"] == {"loaderKey": "SKU-1"}


def test_an_attribute_that_may_carry_the_external_id_is_sent_where_there_is_none(
    tmp_path: Path,
) -> None:
    rows = [
        GOOD | {"name": "A", "attr:sku": "S-1"},
        GOOD | {"name": "B", "attr:sku": "X-9", "external_id": "X-9"},
        GOOD | {"name": "C", "external_id": "X-8"},
    ]
    checked = checked_rows(tmp_path, rows, rules=RowRules(external_id_attribute="sku"))
    alone = checked_rows(tmp_path, rows[:1], rules=RowRules(external_id_attribute="sku"))

    found = payloads(checked, Dialect.DPS, external_id_attribute="sku")
    (without,) = payloads(alone, Dialect.DPS, external_id_attribute="sku")

    sent = [orjson.loads(each.body)["characteristics"] for each in (*found, without)]
    assert not checked.errors
    assert sent == [{"sku": "S-1"}, {"sku": "X-9"}, {"sku": "X-8"}, {"sku": "S-1"}]


def test_bodies_are_canonical_and_digests_are_theirs(tmp_path: Path) -> None:
    turned = dict(reversed(GOOD.items()))

    one, other = payload_of(tmp_path, GOOD), payload_of(tmp_path, turned)

    assert one.body == other.body
    assert one.digest == other.digest == sha256(one.body).hexdigest()
    assert one.body == orjson.dumps(orjson.loads(one.body), option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    ("kind", "address", "expected"),
    [
        ("html", "", "text/html"),
        ("text", "", "text/plain"),
        ("json", "", "application/json"),
        ("image", "https://example.com/a.jpg", "image/jpeg"),
        ("image", "https://example.com/a.gif?x=1", "image/gif"),
    ],
)
def test_the_format_follows_from_the_type(
    tmp_path: Path, kind: str, address: str, expected: str
) -> None:
    row = GOOD | {"type": kind, "content": "" if address else "1", "delivery_url": address}

    (shown,) = orjson.loads(payload_of(tmp_path, row).body)["representations"]

    assert shown["components"][0]["format"] == expected


texts = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn")),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip() == text)


@ANY_CELLS
@given(name=texts, content=texts, dialect=st.sampled_from(Dialect))
def test_what_is_sent_is_recognised_when_it_is_read_back(
    tmp_path: Path, name: str, content: str, dialect: Dialect
) -> None:
    row = GOOD | {"name": name, "content": content, "attr:A": "1", "tags": "b;a"}
    checked = checked_rows(tmp_path, [row], dialect=dialect, ids_only=True)
    assume(not checked.invalid)  # a backslash before a quote, an error text of a spreadsheet
    (payload,) = payloads(checked, dialect)
    remote = orjson.loads(payload.body)

    assert FALLBACK_OFFER.is_same(payload.body, remote, dialect)
    field = "name" if dialect is Dialect.DPS else "xdm:name"
    assert differences(payload.body, remote | {field: name + "!"}, dialect)


def test_many_rows_stay_in_order() -> None:
    rows = 9_000  # more than are mapped at once
    checked = check(*chunk_of(rows), sheet="", options=IDS_ONLY)

    made = list(payloads(checked, Dialect.DPS))

    assert [each.row_number for each in made] == list(range(2, rows + 2))
    assert [each.name for each in made] == [f"Offer {number}" for number in range(rows)]
    assert all(orjson.loads(each.body)["name"] == each.name for each in made)
