"""A fallback offer, as everything else of the loader knows it."""

from typing import Final

from loader.model import Dialect
from loader.offer.compare import contents_of, differences, not_kept
from loader.offer.describe_change import describe_change
from loader.offer.editing import OfferEditing
from loader.offer.payload_document import documents
from loader.offer.resolve_names import needed, resolve, unsettled
from loader.offer.row_checks import row_checks
from loader.offer.schema import FIELDS, UNKEPT
from loader.validation.entity import Endpoints, Entity, References, TemplateText

_NO_EXAMPLE: Final = frozenset({"delivery_url", "link_url", "format", *UNKEPT})

FALLBACK_OFFER: Final = Entity(
    kind="fallback-offer",
    plural="fallback offers",
    fields=FIELDS,
    endpoints=Endpoints(
        dps_path="/offers",
        dps_query="offer-type=fallback",
        xcore_schema="https://ns.adobe.com/experience/offer-management/fallback-offer;version=0.1",
    ),
    row_checks=row_checks,
    references=References(
        needed=needed,
        unsettled=unsettled,
        resolve=resolve,
        by_name=frozenset({"bad-placement", "bad-tag"}),
        kinds={"placement": "placements", "tags": "tags"},
    ),
    documents=documents,
    differences=differences,
    contents_of=contents_of,
    unsent={Dialect.XCORE: ("labels",)},
    told_by_placement=("channel",),
    unkept=UNKEPT,
    unkept_because="fallback offers have neither dates nor a rank",
    not_kept=not_kept,
    most=10_000,
    describe_change=describe_change,
    editing=OfferEditing(),
    template=TemplateText(
        sheet="Offers",
        steps=(
            "One row is one fallback offer. Row 2, in yellow, is an example: replace or delete it.",
            "Columns in bold are needed in every row; the comment on a heading says what goes in.",
            "Placements and tags may be given by name, as the library shows it: loader placements.",
            "A blank type or channel is what the placement takes.",
            "html, text and json need content; image needs delivery_url.",
            "More representations of the same offer: add placement_2, type_2, content_2 and so on.",
            "Attributes of the offer: name columns attr:NAME.",
            "Then run: loader check FILE, and when nothing is wrong: loader load FILE.",
        ),
        example={
            **{
                name: "" if name in _NO_EXAMPLE else FIELDS.facts_of(name).example
                for name in FIELDS.columns
            },
            "attr:Tier": "gold",
        },
    ),
)
