"""Bytes of payloads never change: their digests are kept in journals, and tell equal rows.

Each digest was taken from the release that wrote the oldest journals. One that differs here makes
offers that exist already look changed.
"""

from typing import Final

import pandas as pd
import pytest

from loader.model import Dialect
from loader.offer.entity import FALLBACK_OFFER
from loader.tables.chunk import Chunk
from loader.validation.check import Checked, prepare
from loader.validation.entity import RowRules
from loader.validation.header import match_columns
from loader.validation.payloads import payloads
from tests.support.checking import GOOD, PLACEMENT

PICTURE: Final = {
    "name": "Picture",
    "placement": PLACEMENT,
    "type": "image",
    "delivery_url": "https://example.com/a.JPG?x=1",
}
OTHER: Final = "dps:offer-placement:other"
CASES: Final[dict[str, tuple[dict[str, str], str, str]]] = {
    "plain": (GOOD, "677d592127cf5055", "e8770cfaa3a22cac"),
    "approved": (GOOD | {"status": "approved"}, "0c7ad89165ed0fc2", "56afaf8a63343961"),
    "description": (
        GOOD | {"description": "For everyone\nwho asks"},
        "89ad27005cea6bca",
        "047a41505b9dbec1",
    ),
    "text": (GOOD | {"type": "text", "content": "Hi"}, "b2e076f58957c3e3", "ff26efdeea0bd4e0"),
    "json": (
        GOOD | {"type": "json", "content": '{"a": [1, "b"]}'},
        "ac10581503f39231",
        "5e981d744236c34e",
    ),
    "image": (PICTURE, "2f4c32ec4a82a9cd", "4c416e95cca6bade"),
    "image-link": (PICTURE | {"link_url": "tel:+4912345"}, "11410eb8ff5e6eae", "4e02449a79ca6bde"),
    "image-no-extension": (
        PICTURE | {"delivery_url": "https://example.com/{{name}}"},
        "605092c6bf3299ad",
        "53b8f994c110d6c8",
    ),
    "image-svg": (
        PICTURE | {"delivery_url": "https://example.com/a.svg#x.gif"},
        "1c4e6feea1855e0f",
        "6a47cfc4e3e421fc",
    ),
    "format": (GOOD | {"format": "text/x-own"}, "b0c5f5849d06206b", "c9cd7deae635d337"),
    "channel-word": (GOOD | {"channel": "web"}, "d7235b3c4fcd7001", "fbea31609c57cb60"),
    "channel-uri": (
        GOOD | {"channel": "https://ns.adobe.com/xdm/channels/web"},
        "40538538285b8b4f",
        "10e3df60520d54bd",
    ),
    "language": (GOOD | {"language": "en; fr-CA;en"}, "6cad98c2f037dce2", "5180d2d522aa6981"),
    "languages-blank": (GOOD | {"language": " ; ;"}, "677d592127cf5055", "e8770cfaa3a22cac"),
    "tags": (
        GOOD | {"tags": "dps:tag:2;dps:tag:1; dps:tag:2"},
        "623819f431f75ffd",
        "02887bdee6d96c71",
    ),
    "labels": (GOOD | {"labels": "core/C1;custom/é"}, "cd4ec9c0dd560f81", "e8770cfaa3a22cac"),
    "attributes": (
        GOOD | {"attr:Tier": "gold", "attr:Ärger": "1", "attr:Empty": ""},
        "421e7a1cfe8835c0",
        "4ec9a3cee49c35b4",
    ),
    "attribute-quotes": (GOOD | {'attr:a "b"\\': "x"}, "baf60446955f228e", "ea1477c6d7f612cd"),
    "external-id": (GOOD | {"external_id": "SKU-1"}, "677d592127cf5055", "e8770cfaa3a22cac"),
    "external-id-sent": (
        GOOD | {"external_id": "SKU-1", "external_id_attribute": "loaderKey"},
        "f3897c065301d8d1",
        "2741b29ffd0275fb",
    ),
    "attribute-without-external-id": (  # the oldest releases left this attribute out
        GOOD | {"external_id": "", "attr:loaderKey": "own", "external_id_attribute": "loaderKey"},
        "388b03b0f481eae3",
        "7dbe218b9ba2fd79",
    ),
    "start": (GOOD | {"start_date": "2026-01-31"}, "f68dd2463bf05aa7", "e8770cfaa3a22cac"),
    "end": (
        GOOD | {"end_date": "2026-12-31T23:59:59.999+02:00"},
        "f5a7e94527df1e71",
        "e8770cfaa3a22cac",
    ),
    "both-dates": (
        GOOD | {"start_date": "2026-07-01T10:00", "end_date": "2027-01-01", "zone": "Europe/Paris"},
        "cf532247867b2ebe",
        "e8770cfaa3a22cac",
    ),
    "priority": (GOOD | {"priority": "7"}, "9edd3dec155f4b72", "e8770cfaa3a22cac"),
    "priority-zero": (GOOD | {"priority": "0"}, "ce22e222fc2119fd", "e8770cfaa3a22cac"),
    "priority-zeros": (GOOD | {"priority": "007"}, "9edd3dec155f4b72", "e8770cfaa3a22cac"),
    "quotes": (GOOD | {"content": '"\\ \t\r\n/</script>'}, "e4308f2e978350b3", "495dddcb2226942f"),
    "controls": (GOOD | {"content": "\x01\x1f\x7f\u2028"}, "85d5788fd57992e7", "f8b0a5134b81ee2c"),
    "unicode": (
        GOOD | {"name": "\xdcn\xef \u6f22\u5b57 \U0001f600", "content": "\xe9 e\u0301"},
        "5f9cff8cac9abfe8",
        "9367447c8f0cc655",
    ),
    "name-composed": (GOOD | {"name": "e\u0301"}, "e15690e4dee45c8c", "b30ff628978cb009"),
    "exact-spaces": (
        GOOD | {"content": "  <p> </p>  ", "description": "  trimmed  "},
        "0c686c828a310b2e",
        "b94af73021ee5a3f",
    ),
    "two-placements": (
        GOOD | {"placement_2": OTHER, "type_2": "text", "content_2": "Hi"},
        "4a593c4ec2de468d",
        "e8fa38f2f40d0270",
    ),
    "two-languages": (
        GOOD
        | {
            "language": "en",
            "channel": "",
            "placement_2": PLACEMENT,
            "type_2": "html",
            "content_2": "<p>Salut</p>",
            "language_2": "fr",
            "channel_2": "email",
        },
        "9c1bed1d9d1952c1",
        "721144923afc6d71",
    ),
    "languages-apart": (
        GOOD
        | {
            "language": "en",
            "placement_2": OTHER,
            "type_2": "image",
            "delivery_url_2": "https://example.com/a.png",
            "placement_3": PLACEMENT,
            "type_3": "html",
            "content_3": "<p>Hallo</p>",
            "language_3": "de",
        },
        "184f319e415b5524",
        "f4c2a172e53a54af",
    ),
    "group-ten": (
        GOOD
        | {
            "placement_2": "",
            "type_2": "",
            "content_2": "",
            "placement_10": OTHER,
            "type_10": "json",
            "content_10": "[]",
        },
        "9b9440062d2e6e52",
        "894abe0639046be0",
    ),
    "everything": (
        GOOD
        | {
            "description": "d",
            "status": "approved",
            "channel": "web",
            "format": "text/html",
            "language": "en",
            "external_id": "X",
            "tags": "dps:tag:1",
            "labels": "core/C1",
            "start_date": "2026-01-01",
            "end_date": "2027-01-01",
            "priority": "1",
            "attr:Tier": "gold",
            "attr:Level": "2",
        },
        "6d1119dfda3d48be",
        "50c81cfca646bd3f",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_row_sends_the_bytes_that_it_always_sent(name: str) -> None:
    row, *expected = CASES[name]

    assert expected == [digest_of(row, dialect)[:16] for dialect in Dialect]


def digest_of(row: dict[str, str], dialect: Dialect) -> str:
    """Return the digest of what a row sends; `zone` and the like are settings, not columns."""
    cells = dict(row)
    zone, attribute = cells.pop("zone", "UTC"), cells.pop("external_id_attribute", "")
    columns = match_columns(tuple(cells), FALLBACK_OFFER.fields)
    texts = {position: [text] for position, text in enumerate(cells.values())}
    chunk = Chunk(frame=pd.DataFrame(texts, index=pd.Index([2]), dtype="str"))
    offers = prepare(chunk, columns)
    checked = Checked(
        entity=FALLBACK_OFFER,
        columns=columns,
        offers=offers,
        rows=offers,
        errors=(),
        invalid=frozenset(),
        rules=RowRules(zone=zone),
    )
    (payload,) = payloads(checked, dialect, external_id_attribute=attribute)
    return payload.digest
