"""The codes of names that mean no one thing, and of cells that their placement contradicts."""

from typing import Final

from loader.messages.code import of_cell, of_warning

NAMES: Final = (
    of_cell(
        "placement-unknown",
        "{value} is no placement of the target; expected the name or the id of a placement",
        cause="The target lists no placement of this name, and it does not look like an id.",
        cure="Write the name as the library shows it; `loader placements` lists all of them.",
    ),
    of_cell(
        "placement-ambiguous",
        "{value} is the name of several placements; expected a name that only one has, or an id",
        cause="Several placements of the target have this name.",
        cure="Write the id of the one that you mean; `loader placements` lists them.",
    ),
    of_cell(
        "tag-unknown",
        "{value} names a tag that the target does not have; expected names or ids of tags",
        cause="The target lists no tag of this name, and it does not look like an id.",
        cure="Write the name as the library shows it; `loader placements` lists the tags, too.",
    ),
    of_cell(
        "tag-ambiguous",
        "{value} has a name that several tags have; expected a name that only one has, or an id",
        cause="Several tags of the target have this name.",
        cure="Write the id of the one that you mean; `loader placements` lists them.",
    ),
    of_cell(
        "type-contradicts-placement",
        "{value} is not the type that the placement takes",
        cause="A placement takes one type of content, and the row gives another.",
        cure="Leave the type blank, so that the placement decides, or name another placement.",
    ),
    of_cell(
        "channel-contradicts-placement",
        "{value} is not the channel of the placement",
        cause="A placement belongs to one channel, and the row gives another.",
        cure="Leave the channel blank, so that the placement decides, or name another placement.",
    ),
    of_warning(
        "format-not-accepted",
        "the placement {value} does not list the format of this content; it is sent as it is",
        cause="The placement lists the MIME types that it takes, and this one is not among them.",
        cure="Use one of the formats that the placement takes, or give it in the format column.",
    ),
)
