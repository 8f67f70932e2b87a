"""Codes of cells that a column profile could not make ours."""

from typing import Final

from loader.sheet.code import of_cell

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
