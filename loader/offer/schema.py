"""The schema of a fallback offer: its fields, defined once, with pandera.

Title, description, example, closed set, limits and checks of a column are here, and the template,
docs/columns.md and the messages are made from them. Checks that need several columns are in
`row_checks`; the words of a failed check are in `loader.messages`.
"""

from types import MappingProxyType
from typing import Final

from loader.offer.synonyms import MEANINGS, WORDS
from loader.offer.vocabulary import CHANNELS, ContentType, OfferStatus
from loader.validation import cell_checks as cells
from loader.validation.fields import Facts, Fields, Form, field_column
from loader.validation.unambiguous_dates import dates

LONGEST_ADDRESS: Final = 2_048
MOST_TAGS: Final = 20  # documented limits of the platform: more is a warning
MOST_ATTRIBUTES: Final = 30
MOST_BYTES: Final = 1_024
LARGEST_OFFER: Final = 300 * 1_024  # bytes with all representations: more is refused

UNKEPT: Final = ("start_date", "end_date", "priority")
_NO_EFFECT: Final = (
    "It has no effect: fallback offers have neither dates nor a rank. The dps dialect sends it, and"
    " the API is not expected to keep it (`loader verify` says whether it did); xcore does not"
    " send it."
)
_STATUS: Final = tuple(OfferStatus)
_TYPES: Final = tuple(ContentType)
_DATE_CHECKS: Final = dates()

_COLUMNS: Final = MappingProxyType(
    {
        "name": field_column(
            "Name",
            "The offer's name, as it appears in the library. It is also the row's key, unless the"
            " sheet has external_id: one name, one offer.",
            Facts(
                form=Form.TEXT,
                expected="a name for the offer",
                example="Free shipping",
                required=True,
            ),
            cells.not_blank(),
        ),
        "description": field_column(
            "Description",
            "What the offer is for. Customers do not see it.",
            Facts(form=Form.TEXT, expected="text", example="Shown when nothing fits", lines=True),
        ),
        "status": field_column(
            "Status",
            "draft: someone must approve the offer before it is delivered; approved: it may be"
            " delivered at once.",
            Facts(
                form=Form.WORD,
                expected=f"one of {', '.join(_STATUS)}",
                example="approved",
                words=_STATUS,
                default=OfferStatus.DRAFT,
            ),
            cells.one_of(_STATUS),
        ),
        "placement": field_column(
            "Placement",
            "The placement that the content is made for: its name, or its id. Groups of one row"
            " that name the same placement are the languages of one representation.",
            Facts(
                form=Form.TEXT,
                expected="the name or the id of a placement",
                example="Web banner",
                required=True,
                repeats=True,
            ),
            cells.not_blank(),
            cells.full_match("bad-placement", cells.ID),
        ),
        "type": field_column(
            "Type",
            "What the content is; where blank, what the placement takes. html, text and json need"
            " content; image needs delivery_url.",
            Facts(
                form=Form.WORD,
                expected=f"one of {', '.join(_TYPES)}",
                example="html",
                required=True,
                or_placement=True,
                repeats=True,
                words=_TYPES,
            ),
            cells.not_blank(),
            cells.one_of(_TYPES),
        ),
        "content": field_column(
            "Content",
            "The markup, the text, or the JSON document. It is sent exactly as written.",
            Facts(
                form=Form.EXACT,
                expected="markup, text or a JSON document",
                example="<p>Free shipping on every order</p>",
                repeats=True,
                lines=True,
            ),
        ),
        "delivery_url": field_column(
            "Delivery URL",
            "The address of the image. It may hold {{…}} for values that the platform fills in.",
            Facts(
                form=Form.ADDRESS,
                expected="an address such as https://example.com/offer.png",
                example="https://example.com/offer.png",
                repeats=True,
                longest=LONGEST_ADDRESS,
            ),
            *cells.address(web_only=True),
            cells.not_containing("url-not-https", r"(?i)^http:"),
        ),
        "link_url": field_column(
            "Link URL",
            "Where a click on the content leads. Addresses that open an app are allowed.",
            Facts(
                form=Form.ADDRESS,
                expected="an address such as https://example.com/shipping",
                example="https://example.com/shipping",
                repeats=True,
                longest=LONGEST_ADDRESS,
            ),
            *cells.address(web_only=False),
            cells.not_containing("url-not-https", r"(?i)^http:"),
        ),
        "channel": field_column(
            "Channel",
            "The channel of the placement: a word, or the URI of a channel type. Where blank, the"
            " placement tells it.",
            Facts(
                form=Form.WORD,
                expected=f"{', '.join(CHANNELS[:4])} or another channel type, or a channel's URI",
                example="web",
                repeats=True,
                words=CHANNELS,
                closed=False,
            ),
            cells.word_or_uri("bad-channel", CHANNELS),
        ),
        "format": field_column(
            "Format",
            "The MIME type of the content. Where blank: text/html, text/plain or application/json"
            " by type; for images what the address ends in, else image/png.",
            Facts(
                form=Form.WORD,
                expected="a MIME type such as text/html",
                example="text/html",
                repeats=True,
                has_case=True,
                words=("text/html", "text/plain", "application/json", "image/png", "image/jpeg"),
                closed=False,
            ),
            cells.full_match("bad-format", cells.MIME_TYPE),
        ),
        "language": field_column(
            "Language",
            "The languages of the content as BCP 47 tags, several separated by semicolons.",
            Facts(
                form=Form.LIST,
                expected="codes such as en or fr-CA, separated by semicolons",
                example="en",
                repeats=True,
            ),
            cells.items("bad-language", cells.LANGUAGE_TAG),
        ),
        "external_id": field_column(
            "External id",
            "Your own id of the offer. In a sheet that has this column it is the row's key: one id,"
            " one offer; a row where it is blank goes by its name.",
            Facts(form=Form.TEXT, expected="text", example="SHOP-0001"),
        ),
        "tags": field_column(
            "Tags",
            "The names or ids of the collection qualifiers (tags), separated by semicolons.",
            Facts(
                form=Form.LIST,
                expected="names or ids of tags, separated by semicolons",
                example="Spring",
            ),
            cells.items("bad-tag", cells.ID),
            cells.max_items("too-many-tags", MOST_TAGS),
        ),
        "labels": field_column(
            "Labels",
            "The data usage and access labels, separated by semicolons; sent as written.",
            Facts(form=Form.LIST, expected="labels such as core/C1", example="core/C1"),
        ),
        "start_date": field_column(
            "Start date",
            "When the offer becomes valid. A time without an offset is in the time zone of the run"
            " (UTC, unless set otherwise); a date without a time means 00:00."
            f" {_NO_EFFECT}",
            Facts(
                form=Form.DATE,
                expected="a date such as 2026-01-31 or 2026-01-31T10:00",
                example="2026-01-01",
            ),
            *_DATE_CHECKS,
        ),
        "end_date": field_column(
            "End date",
            "When the offer ceases to be valid: after the start date, written in the same way. A"
            " date without a time means 00:00, the beginning of that day, unless the setting"
            " end_dates is end-of-day."
            f" {_NO_EFFECT}",
            Facts(
                form=Form.DATE,
                expected="a date such as 2026-01-31 or 2026-01-31T10:00",
                example="2099-01-01",
                is_end=True,
            ),
            *_DATE_CHECKS,
        ),
        "priority": field_column(
            "Priority",
            f"The rank of the offer among others: the higher, the sooner. {_NO_EFFECT}",
            Facts(form=Form.NUMBER, expected="a whole number, 0 or more", example="1"),
            cells.full_match("bad-number", cells.WHOLE_NUMBER),
        ),
    }
)

_ATTRIBUTE: Final = field_column(
    "Attribute",
    "An attribute of the offer; the heading names it: attr:Tier is the attribute Tier. Any number"
    " of such columns; a blank cell sends nothing.",
    Facts(form=Form.TEXT, expected="text", example="gold", lines=True),
)

FIELDS: Final = Fields(
    columns=_COLUMNS,
    words=WORDS,
    meanings=MEANINGS,
    attribute=_ATTRIBUTE,
    keys=("external_id", "name"),
    one_of=("content", "delivery_url"),
    group="placement",
    between_groups=frozenset({"type-conflict", "channel-conflict", "representation-repeated"}),
)
