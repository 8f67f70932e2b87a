"""Offers as a library may hold them: by any program, in forms that we would not write."""

from typing import Any

from hypothesis import strategies as st

from loader.model import Dialect
from loader.offer.dialect_names import COMPONENT_BASE, NAMES

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n"),
    max_size=12,
)
PLACES = ("dps:offer-placement:1", "dps:offer-placement:2", "xcore:offer-placement:3")
TYPES = {
    Dialect.DPS: ("html", "imagelink", "text", "json", "component-html", "video",
                  f"{COMPONENT_BASE}json"),
    Dialect.XCORE: tuple(f"{COMPONENT_BASE}{w}" for w in ("html", "imagelink", "text", "video")),
}  # fmt: skip
CHANNELS = (
    "https://ns.adobe.com/xdm/channel-types/web",
    "https://ns.adobe.com/xdm/channels/web",
    "https://ns.adobe.com/xdm/channel-types/own-one",
    "web",
)
LANGUAGES = st.lists(st.sampled_from(["en", "EN", "fr-CA", "fr-ca", "zh-Hans", "a;b"]), max_size=2)


@st.composite
def held_offers(draw: st.DrawFn, dialect: Dialect) -> dict[str, Any]:
    """Draw the object of one offer."""
    names = NAMES[dialect]

    def maybe(strategy: st.SearchStrategy[Any], odds: int = 3) -> Any:
        return draw(strategy) if draw(st.integers(0, odds)) else None

    def component() -> Any:
        found = {
            names["type"]: draw(st.sampled_from(TYPES[dialect])),
            names["format"]: maybe(st.sampled_from(["text/html", "text/plain", "image/png"])),
            names["content"]: maybe(TEXT),
            names["delivery_url"]: maybe(st.just("https://example.com/a.png"), 1),
            names["link_url"]: maybe(st.just("https://example.com/"), 1),
            names["language"]: maybe(st.one_of(LANGUAGES, st.just("de"))),
            "styles": maybe(st.just({"a": 1}), 1),
        }
        return {name: value for name, value in found.items() if value is not None}

    def representation() -> Any:
        found = {
            names["placement"]: draw(st.sampled_from(PLACES)),
            names["channel"]: maybe(st.sampled_from(CHANNELS)),
            "note": maybe(TEXT, 1),
        }
        components = [component() for _ in range(draw(st.integers(0, 2)))]
        held = {} if draw(st.integers(0, 5)) == 5 else {names["components"]: components}
        return {name: value for name, value in found.items() if value is not None} | held

    found = {
        names["name"]: draw(st.one_of(st.just("Offer "), TEXT.filter(str.strip))),
        names["description"]: maybe(TEXT),
        names["status"]: draw(st.sampled_from(["draft", "approved", "archived", "live"])),
        names["representations"]: maybe(st.just(None)) or [
            representation() for _ in range(draw(st.integers(0, 3)))
        ],
        names["tags"]: maybe(
            st.lists(st.sampled_from(["dps:tag:1", "dps:tag:2", "own", "a;b"]), max_size=3)
            | st.just("own")
        ),
        names["attributes"]: maybe(
            st.dictionaries(
                TEXT | st.just("Tier"), TEXT | st.sampled_from([7, 0, False, [1]]), max_size=3
            )
        ),
        "labels": maybe(st.lists(st.sampled_from(["core/C1", "CORE/c2"]), max_size=2)),
        "unknown": maybe(st.just({"deep": [1, None]}), 1),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}
