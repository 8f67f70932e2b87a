"""The columns of an offer sheet, defined once, with pandera.

Rules of this file: everything about a column stands here (title, description, example, closed
set, limits, checks); the template, docs/columns.md and the messages are made from it. A numbered
column ("content_2") is the column without the number; checks that need several columns are in
`across`; the words of a failed check are in `codes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import pandera.pandas as pp

from loader.offer.vocabulary import CHANNELS, ContentType, OfferStatus
from loader.validation import cell_checks as cells

ATTRIBUTE_PREFIX: Final = "attr:"
LONGEST_CELL: Final = 32_767  # what a cell of a workbook can hold
LONGEST_ADDRESS: Final = 2_048
MOST_TAGS: Final = 20  # documented limits of the platform: more is a warning
MOST_ATTRIBUTES: Final = 30
MOST_BYTES: Final = 1_024


class Form(StrEnum):
    """How a column's text is to be read."""

    TEXT = "text"  # sent as written, but for spaces around it
    EXACT = "exact"  # sent as written
    WORD = "word"  # one of a closed set
    LIST = "list"  # several, separated by semicolons
    DATE = "date"
    NUMBER = "number"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a person, a template or a message needs to know of a column beyond its title."""

    form: Form
    expected: str  # completes "expected …"
    example: str
    required: bool = False
    or_placement: bool = False  # required only where the placement does not tell it
    repeats: bool = False  # may be numbered: one more representation
    words: tuple[str, ...] = ()
    closed: bool = True  # nothing but `words` is allowed
    default: str = ""
    longest: int = LONGEST_CELL
    lines: bool = False  # may have line breaks

    @property
    def always(self) -> bool:
        """Whether every row needs it, whatever its placement tells."""
        return self.required and not self.or_placement


def facts_of(column: pp.Column) -> Facts:
    """Return the facts of a column of this schema."""
    facts = (column.metadata or {}).get("facts")
    if not isinstance(facts, Facts):
        raise TypeError(f"column {column.name} is not one of the offer schema")
    return facts


def _column(title: str, description: str, facts: Facts, *checks: pp.Check) -> pp.Column:
    text_checks = [
        cells.at_most(facts.longest),
        cells.rarely("control-character", cells.CONTROL if facts.lines else cells.CONTROL_OR_BREAK),
        cells.rarely("mojibake", cells.MOJIBAKE),
    ]
    if facts.form in {Form.TEXT, Form.EXACT}:
        text_checks.append(cells.rarely("invisible-character", cells.INVISIBLE))
    return pp.Column(
        dtype=None,  # text by contract of the readers; no dtype is guessed or coerced
        checks=[*checks, *text_checks],
        nullable=True,  # there are no nulls: a blank cell is ""
        title=title,
        description=description,
        metadata={"facts": facts},
    )


_STATUS: Final = tuple(OfferStatus)
_TYPES: Final = tuple(ContentType)
_DATE_CHECKS: Final = cells.dates()

FIELDS: Final[Mapping[str, pp.Column]] = MappingProxyType(
    {
        "name": _column(
            "Name",
            "The offer's name, as it appears in the library. It is also the row's key, unless the"
            " sheet has external_id: one name, one offer.",
            Facts(
                form=Form.TEXT,
                expected="a name for the offer",
                example="Free shipping",
                required=True,
            ),
            cells.filled_in(),
        ),
        "description": _column(
            "Description",
            "What the offer is for. Customers do not see it.",
            Facts(form=Form.TEXT, expected="text", example="Shown when nothing fits", lines=True),
        ),
        "status": _column(
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
        "placement": _column(
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
            cells.filled_in(),
            cells.whole("bad-placement", cells.ID),
        ),
        "type": _column(
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
            cells.filled_in(),
            cells.one_of(_TYPES),
        ),
        "content": _column(
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
        "delivery_url": _column(
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
            cells.not_like("url-not-https", r"(?i)^http:"),
        ),
        "link_url": _column(
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
            cells.not_like("url-not-https", r"(?i)^http:"),
        ),
        "channel": _column(
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
        "format": _column(
            "Format",
            "The MIME type of the content. Where blank: text/html, text/plain or application/json"
            " by type; for images what the address ends in, else image/png.",
            Facts(
                form=Form.WORD,
                expected="a MIME type such as text/html",
                example="text/html",
                repeats=True,
                words=("text/html", "text/plain", "application/json", "image/png", "image/jpeg"),
                closed=False,
            ),
            cells.whole("bad-format", cells.MIME_TYPE),
        ),
        "language": _column(
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
        "external_id": _column(
            "External id",
            "Your own id of the offer. In a sheet that has this column it is the row's key: one id,"
            " one offer; a row where it is blank goes by its name.",
            Facts(form=Form.TEXT, expected="text", example="SHOP-0001"),
        ),
        "tags": _column(
            "Tags",
            "The names or ids of the collection qualifiers (tags), separated by semicolons.",
            Facts(
                form=Form.LIST,
                expected="names or ids of tags, separated by semicolons",
                example="Spring",
            ),
            cells.items("bad-tag", cells.ID),
            cells.fewer_items("too-many-tags", MOST_TAGS),
        ),
        "labels": _column(
            "Labels",
            "The data usage and access labels, separated by semicolons; sent as written.",
            Facts(form=Form.LIST, expected="labels such as core/C1", example="core/C1"),
        ),
        "start_date": _column(
            "Start date",
            "When the offer becomes valid. A time without an offset is in the time zone of the run"
            " (UTC, unless set otherwise); a date without a time means 00:00.",
            Facts(
                form=Form.DATE,
                expected="a date such as 2026-01-31 or 2026-01-31T10:00",
                example="2026-01-01",
            ),
            *_DATE_CHECKS,
        ),
        "end_date": _column(
            "End date",
            "When the offer ceases to be valid: after the start date, written in the same way. A"
            " date without a time means 00:00, the beginning of that day.",
            Facts(
                form=Form.DATE,
                expected="a date such as 2026-01-31 or 2026-01-31T10:00",
                example="2027-01-01",
            ),
            *_DATE_CHECKS,
        ),
        "priority": _column(
            "Priority",
            "The rank of the offer among others: the higher, the sooner.",
            Facts(form=Form.NUMBER, expected="a whole number, 0 or more", example="1"),
            cells.whole("bad-number", cells.WHOLE_NUMBER),
        ),
    }
)

ATTRIBUTE: Final = _column(
    "Attribute",
    "An attribute of the offer; the heading names it: attr:Tier is the attribute Tier. Any number"
    " of such columns; a blank cell sends nothing.",
    Facts(form=Form.TEXT, expected="text", example="gold", lines=True),
)

REPEATED: Final = tuple(name for name, column in FIELDS.items() if facts_of(column).repeats)


def required(*, ids_only: bool) -> tuple[str, ...]:
    """Return the fields that every sheet needs; `ids_only`: no placement tells anything."""
    facts = ((name, facts_of(column)) for name, column in FIELDS.items())
    return tuple(name for name, each in facts if (each.required if ids_only else each.always))


def numbered(field: str, number: int) -> str:
    """Return the name of a column of representation `number`: content, content_2, …"""
    return field if number == 1 else f"{field}_{number}"


def column_of(field: str) -> pp.Column:
    """Return the definition behind a field of a sheet: "content_2" is `content`."""
    if field.startswith(ATTRIBUTE_PREFIX):
        return ATTRIBUTE
    return FIELDS[field] if field in FIELDS else FIELDS[field.rpartition("_")[0]]
