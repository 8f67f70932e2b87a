"""The catalogue of codes: every code that a row can end with, its cause and its cure.

Rules of this file: a code never changes its meaning; `docs/errors.md` is made from here, and a test
proves that every code used in the loader's row errors is listed.
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from loader.messages.code import Code
from loader.messages.code import of_cell as _cell
from loader.messages.code import of_row as _row
from loader.messages.code import of_warning as _warning
from loader.messages.profiles import LONG_FORM, PROFILE
from loader.messages.references import NAMES

VALUES: Final = (
    _cell(
        "missing-value",
        "{column} is blank, but needed; expected {expected}",
        cause="A cell that the offer needs is blank.",
        cure="Fill the cell.",
    ),
    _cell(
        "not-allowed",
        "{value} is not allowed in {column}; expected {expected}",
        cause="The column takes one of a few words, and this is none of them.",
        cure="Write one of the words that `loader explain columns` lists; upper and lower case are"
        " equal.",
    ),
    _cell(
        "bad-placement",
        "{value} is not the id of a placement; expected an id without spaces",
        cause="Names are not looked up (placements = ids-only), and an id has no spaces.",
        cure="Copy the id from the placement's page, or load with --placements resolve.",
    ),
    _cell(
        "bad-tag",
        "{value} is not a list of tag ids; expected ids separated by semicolons",
        cause="Names are not looked up (placements = ids-only), and an id has no spaces.",
        cure="Copy the ids from the tags' pages, or load with --placements resolve.",
    ),
    _cell(
        "bad-date",
        "{value} is not a date that exists; expected {expected}",
        cause="The text is not an ISO 8601 date, or the day is not in the calendar.",
        cure="Write 2026-01-31 or 2026-01-31T10:00, or format the cell as a date.",
    ),
    _cell(
        "date-ambiguous",
        "{value} has more than one meaning; expected {expected}",
        cause="Day and month can be exchanged: 01/02/2024 is January or February.",
        cure="Write the date as 2024-02-01, or name the format: --date-format DD/MM/YYYY.",
    ),
    _cell(
        "date-no-such-time",
        "{value} does not exist, or exists twice, in the time zone of the run; expected {expected}",
        cause="The clocks change in that hour, and the text names no offset.",
        cure="Add the offset, for example 2026-03-29T02:30:00+01:00.",
    ),
    _cell(
        "bad-number",
        "{value} is not a number that fits here; expected {expected}",
        cause="The column takes a whole number written with digits only.",
        cure="Remove signs, separators, units and decimals.",
    ),
    _cell(
        "number-precision",
        "{value} came from a number cell that keeps 15 digits only; expected text",
        cause="Spreadsheets keep 15 digits of a number: a longer id was already cut in the file.",
        cure="Format the column as text and enter the ids again.",
    ),
    _cell(
        "bad-url",
        "{value} is not a web address; expected {expected}",
        cause="The text has spaces, typographic quotes, a user name, or no scheme.",
        cure="Copy the whole address, beginning with https://.",
    ),
    _cell(
        "url-scheme",
        "{value} is an address that could run or show something else; expected {expected}",
        cause="Addresses such as javascript:, data: or file: would run or expose something.",
        cure="Use an https:// address.",
    ),
    _cell(
        "bad-language",
        "{value} is not a language code; expected {expected}",
        cause="A language is written as a tag such as en or fr-CA, not as a name.",
        cure="Write the tags, with a semicolon between several.",
    ),
    _cell(
        "bad-format",
        "{value} is not a format of content; expected {expected}",
        cause="The column takes a MIME type, or nothing.",
        cure="Write for example image/png, or leave the cell blank for the usual one of the type.",
    ),
    _cell(
        "bad-channel",
        "{value} is not a channel; expected {expected}",
        cause="The word is none of the channel types, and not a URI.",
        cure="Write web, email or another word that `loader explain columns` lists, or the"
        " channel's URI.",
    ),
    _cell(
        "bad-json",
        "{column} is not valid JSON, though the type is json; expected a JSON document",
        cause="The type is json, and the content is not a JSON document.",
        cure="Paste the content into a JSON checker and mend it.",
    ),
    _cell(
        "typographic-quotes",
        "{column} has typographic quotes, which JSON does not know; expected straight quotes",
        cause="A word processor or the spreadsheet turned straight quotes into curly ones.",
        cure="Replace “ ” ‘ ’ by straight quotes.",
    ),
    _cell(
        "cell-too-long",
        "{column} is too long; expected {expected}",
        cause="The cell holds more characters than the column takes.",
        cure="Shorten the text.",
    ),
    _cell(
        "control-character",
        "{column} has a character that cannot be seen and must not be sent; expected plain text",
        cause="The cell holds a control character or a mark that reverses the direction of text.",
        cure="Type the text again, or remove the character that the value shows.",
    ),
)

ACROSS: Final = (
    _cell(
        "content-missing",
        "{column} is blank; a representation of type html, text or json needs its content",
        cause="The type needs content, and there is none.",
        cure="Fill the content cell of the same group, or change the type.",
    ),
    _cell(
        "delivery-url-missing",
        "{column} is blank; a representation of type image needs the address of the image",
        cause="The type is image, and no address is given.",
        cure="Fill the delivery_url cell of the same group, or change the type.",
    ),
    _cell(
        "dates-out-of-order",
        "{value} is not after the start date; expected an end date after the start date",
        cause="The offer would end before, or when, it starts.",
        cure="Exchange or mend the two dates.",
    ),
    _cell(
        "representation-repeated",
        "{column} names a placement that the offer already fills for the same language;"
        " expected one representation per placement",
        cause="Two groups of the row have the same placement and share a language, or have none.",
        cure="Give each a language of its own, or another placement.",
    ),
    _cell(
        "type-conflict",
        "{value} differs from the type of the same placement's first content;"
        " expected one type per placement",
        cause="The languages of one placement must all have the same type.",
        cure="Use one type for all groups of the row that name the same placement.",
    ),
    _cell(
        "channel-conflict",
        "{value} differs from the channel of the same placement's first content;"
        " expected one channel per placement",
        cause="A placement belongs to one channel.",
        cure="Use one channel for all groups that name the same placement, or leave it blank.",
    ),
    _cell(
        "unnamed-column",
        "{value} stands in a column without a heading; expected nothing here",
        cause="A cell is filled to the right of the last heading.",
        cure="Give the column a heading, or clear the cell.",
    ),
)

WARNINGS: Final = (
    _warning(
        "trimmed",
        "{column} had spaces around it, which are not sent",
        cause="Spaces, line breaks or invisible characters stood around the text.",
        cure="Nothing to do, unless the spaces were meant.",
    ),
    _warning(
        "invisible-character",
        "{column} has a character that cannot be seen (the value shows it); it is sent as it is",
        cause="A no-break space, zero-width character or soft hyphen came with copied text.",
        cure="Type the text again if it was not meant: two names that look equal may differ.",
    ),
    _warning(
        "mojibake",
        "{column} looks as if it was read in the wrong encoding; it is sent as it is",
        cause="Sequences such as Ã© or � appear when a file is read in the wrong encoding.",
        cure="Export the file as UTF-8, or name its encoding with --encoding.",
    ),
    _warning(
        "url-not-https",
        "{value} is not encrypted; https is better",
        cause="Pages shown over https may refuse to load it.",
        cure="Use the https:// address, if there is one.",
    ),
    _warning(
        "not-for-type",
        "{column} is filled, but an offer of this type does not use it; it is sent as it is",
        cause="For example a delivery_url beside the type text.",
        cure="Clear the cell, or change the type.",
    ),
    _warning(
        "html-script",
        "{column} has a script; it is sent as it is",
        cause="Scripts in offers often do not run, or are removed.",
        cure="Remove the script, unless your page is made for it.",
    ),
    _warning(
        "representations-too-large",
        "the contents and links of the row have more than 1024 bytes, the documented limit",
        cause="All representations of an offer together should not exceed 1 KB.",
        cure="Shorten the contents, or host them and deliver a link.",
    ),
    _warning(
        "too-many-attributes",
        "the row fills more than 30 attributes, the documented limit",
        cause="An offer should have no more than 30 attributes.",
        cure="Clear the attributes that are not needed.",
    ),
    _warning(
        "too-many-tags",
        "{column} names more than 20 tags, the documented limit",
        cause="An offer should have no more than 20 tags.",
        cure="Remove the tags that are not needed.",
    ),
    _warning(
        "not-in-dialect",
        "{value} is not sent: fallback offers of the xcore dialect have no {column}",
        cause="The legacy dialect knows neither dates nor a priority for fallback offers.",
        cure="Nothing to do, or load through the dps dialect.",
    ),
)

READING: Final = (
    _cell(
        "cell-error",
        "{value} is an error of the spreadsheet; expected {expected}",
        cause="A formula failed in the spreadsheet: #N/A, #REF!, #DIV/0! and the like.",
        cure="Mend the formula, or replace it by its value.",
    ),
    _cell(
        "formula-no-value",
        "{column} holds a formula without a stored value; expected {expected}",
        cause="The file was written by a program that does not calculate formulas.",
        cure="Open the file in Excel or LibreOffice, save it, and load that.",
    ),
    _row(
        "ragged-row",
        cause="The row has more or fewer cells than the header, often from an unquoted delimiter.",
        cure="Quote the cell that holds the delimiter, or add the missing cells.",
    ),
    _row(
        "not-confirmed",
        cause="The row could not be used as it was read; whether it was mended cannot be seen.",
        cure="Compare the row with what is said to be wrong, then clear that cell.",
    ),
    _row(
        "bytes-not-text",
        cause="A column of a database holds bytes that are not UTF-8 text.",
        cure="Turn the column into text in the query, for example with CAST or encode().",
    ),
    _row(
        "merged-cells",
        cause="Cells among the rows are merged, so only the first one has the value.",
        cure="Unmerge the cells and fill each of them.",
    ),
)

STAGING: Final = (
    _row(
        "key-conflict",
        cause="Another row, in this file or an earlier run, has the same key and other content:"
        " other cells, or a placement's name that means another placement by now.",
        cure="Give the row a name or external_id of its own, or remove one of the two. If both are"
        " representations of one offer, say so in a column profile (long form): `loader explain"
        " profiles`.",
    ),
)


def _by_code(codes: Iterable[Code]) -> MappingProxyType[str, Code]:
    return MappingProxyType({code.code: code for code in codes})


CODES: Final = _by_code(
    (*VALUES, *ACROSS, *WARNINGS, *NAMES, *PROFILE, *LONG_FORM, *READING, *STAGING)
)
