"""Codes of rows that are parts of an offer: the long form of a column profile."""

from collections.abc import Sequence
from typing import Final

from loader.messages.code import of_cell, of_row
from loader.model import RowError

PART_OF_INVALID: Final = "part-of-invalid"
_MOST_NAMED: Final = 5

LONG_FORM: Final = (
    of_cell(
        "key-blank",
        "{column} is blank, so that nothing tells which offer the row belongs to;"
        " expected the key of its offer",
        cause="In the long form, the rows of one offer share a key, and this row has none. Until it"
        " has one, it is counted to the offer above it, which is not sent either.",
        cure="Fill the cell; or let the profile skip the row, if it is no offer (a total, a note).",
    ),
    of_cell(
        "key-not-adjacent",
        "{value} in {column} stands in {other}, with other offers between; expected the rows of"
        " one offer one below the other",
        cause="In the long form, rows that share a key are one offer; here others come between.",
        cure="Sort the sheet by that column; or give the rows another key, if they are two offers.",
    ),
    of_cell(
        "too-many-parts",
        "{value} in {column} is the key of rows that stretch from {other} and further;"
        " expected {expected}",
        cause="In the long form, rows that share a key are one offer, and these are too many: the"
        " `key` of the profile may be a column that says something else.",
        cure="Name the column that tells offers apart as `key` (or several, together).",
    ),
    of_cell(
        "part-differs",
        "{value} in {column} differs from {other}, though both rows are one offer;"
        " expected the same in every row of it, or a blank",
        cause="In the long form, what belongs to the whole offer (its name, status, tags …) stands"
        " in its first row; in the others it is the same, or blank.",
        cure="Correct one of the two cells, or clear this one; or give the rows keys of their own.",
    ),
    of_row(
        PART_OF_INVALID,
        cause="In the long form, an offer is sent with all of its rows or not at all.",
        cure="Mend the row that is named; nothing is wrong with this one.",
    ),
)


def part_of_invalid(row_number: int, blamed: Sequence[int]) -> RowError:
    """Say that a row is not sent because others of its offer are not well."""
    named = ", ".join(map(str, blamed[:_MOST_NAMED]))
    more = " and others" if len(blamed) > _MOST_NAMED else ""
    rows = f"row{'' if len(blamed) == 1 else 's'} {named}{more}"
    return RowError(
        row_number=row_number,
        column="",
        cell="",
        code=PART_OF_INVALID,
        message=f"the row is part of an offer that is not sent, because of {rows}",
    )


# Codes of cells that a column profile could not make ours.


PROFILE: Final = (
    of_cell(
        "unlisted-value",
        "{value} in {column} is not listed in the column profile; expected {expected}",
        cause="The profile says what the words of this column mean; this word is none of them.",
        cure="Correct the cell, or add the word to `values` of the profile.",
    ),
    of_cell(
        "no-match",
        "{value} in {column} does not fit the pattern of the column profile; expected {expected}",
        cause="The profile takes a part out of the cell (`extract`), which this cell lacks.",
        cure="Correct the cell, or the pattern in the profile.",
    ),
    of_cell(
        "date-format",
        "{value} in {column} is not written in the date format named; expected {expected}",
        cause="A format was named (--date-format, or in the profile), and this is another one.",
        cure="Write the date in that format, or as 2026-01-31.",
    ),
    of_cell(
        "list-separator",
        "{value} in {column} cannot be split; expected {expected}",
        cause="Items of a list are separated by semicolons in the end, so none may have one in it.",
        cure="Remove the semicolon, or correct `split` in the profile.",
    ),
    of_cell(
        "template-failed",
        "the template of the column profile gives nothing for this row: {other}",
        cause="The template of the profile makes too much text, or does not know what to do here.",
        cure="Shorten the cells, or correct `template` in the profile.",
    ),
)
