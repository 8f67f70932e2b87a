"""A placement or a tag in whatever form the API shows it; what is strange is not known."""

import pytest

from loader.api.dialect import placement_of, tag_of
from loader.validation.references import Placement, Tag

COMPONENT = "https://ns.adobe.com/experience/offer-management/content-component-"
WEB = "https://ns.adobe.com/xdm/channel-types/web"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("html", "html"),
        ("imagelink", "image"),
        ("component-text", "text"),
        (f"{COMPONENT}json", "json"),
        (f"{COMPONENT}imagelink", "image"),
        ("video", ""),
        ("", ""),
        (None, ""),
        (["html"], ""),
    ],
)
def test_what_a_placement_takes_in_every_form(told: object, kind: str) -> None:
    found = placement_of({"id": "p", "name": "Banner", "componentType": told})

    assert found == Placement(id="p", name="Banner", kind=kind)


def test_both_dialects_are_read() -> None:
    dps = {"id": "p", "name": "N", "channel": WEB, "contentTypes": ["image/png", 3, None]}
    xcore = {
        "@id": "p",
        "xdm:name": "N",
        "xdm:channel": WEB,
        "xdm:contentTypes": ["image/png", "3"],
    }

    assert placement_of(dps) == placement_of(xcore)
    assert placement_of(dps) == Placement(id="p", name="N", channel=WEB, formats=("image/png", "3"))
    assert tag_of({"id": "t", "name": "N"}) == tag_of({"@id": "t", "xdm:name": "N"})
    assert tag_of({"id": "t"}) == Tag(id="t", name="")


def test_what_has_no_id_is_left_out() -> None:
    assert placement_of({"name": "N"}) is None
    assert tag_of({"id": None, "xdm:name": "N"}) is None
