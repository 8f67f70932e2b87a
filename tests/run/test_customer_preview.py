"""How an offer looks to a customer, from the JSON that a row sends."""

from typing import Any

import orjson
import pytest

from loader.model import Dialect
from loader.run.drafting.customer_preview import Link, Preview, preview
from loader.validation.editing import Names

WEB = "dps:offer-placement:1a24dc4342f2e21e"


def looked_at(*components: dict[str, Any], **more: Any) -> Preview:
    body = {
        "name": "Free shipping",
        "representations": [
            {
                "placement": WEB,
                "channel": "https://ns.adobe.com/xdm/channel-types/web",
                "components": list(components),
            }
        ],
        **more,
    }
    return preview(
        orjson.dumps(body),
        Dialect.DPS,
        names=Names(placements={WEB: "Web banner"}, tags={"t1": "Spring"}),
    )


def html(content: str) -> dict[str, Any]:
    return {"type": "html", "format": "text/html", "content": content}


def test_each_language_of_each_placement_is_shown_by_name() -> None:
    found = looked_at(
        {**html("<p>Hi</p>"), "language": ["en"]},
        {"type": "json", "format": "application/json", "content": '{"a":1}', "language": ["fr"]},
        tags=["t1"],
        description="For all",
    )

    assert (found.name, found.facts) == (
        *("Free shipping", {"description": "For all", "tags": "Spring"}),
    )
    assert [(face.placement, face.language, face.channel, face.kind) for face in found.faces] == [
        ("Web banner", "en", "web", "html"),
        ("Web banner", "fr", "web", "json"),
    ]
    assert found.faces[1].content == '{\n  "a": 1\n}'
    assert '"name": "Free shipping"' in found.body


@pytest.mark.parametrize(
    ("content", "links"),
    [
        ('<a href="https://a.test/x?b=1&amp;c=2">Go</a>', [Link(url="https://a.test/x?b=1&c=2")]),
        ('<img src="https://a.test/i.png">', [Link(url="https://a.test/i.png", is_image=True)]),
        ("<p>See https://a.test/x. And (http://b.test).", ["https://a.test/x", "http://b.test"]),
        ("<p style='background: url(https://a.test/b.png)'>", ["https://a.test/b.png"]),
        ("<![if broken <img src=https://a.test/>", ["https://a.test/"]),
        ('<a href="javascript:alert(1)">x</a><img src="cid:1"><img src="/here.png">', []),
    ],
)
def test_the_links_of_a_content_are_found(content: str, links: list[Any]) -> None:
    found = looked_at(html(content))

    expected = [each if isinstance(each, Link) else Link(url=each) for each in links]
    assert [*found.links] == expected


def test_the_address_of_an_image_and_of_a_click_are_links() -> None:
    image = {
        "type": "imagelink",
        "deliveryURL": "https://a.test/i.png",
        "linkURL": "https://a.test/",
    }

    found = looked_at(image, {**html("https://a.test/i.png"), "language": ["en"]})

    assert [*found.links] == [
        Link(url="https://a.test/i.png", is_image=True),
        Link(url="https://a.test/"),
    ]


def test_what_is_not_json_is_shown_as_it_is() -> None:
    broken = {"type": "json", "format": "application/json", "content": "{broken"}

    assert looked_at(broken).faces[0].content == "{broken"
