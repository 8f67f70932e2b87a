"""Which column of a row shows a part of an offer."""

from loader.merge.part import Part
from loader.validation.editing import Cells, Names
from loader.validation.fields import numbered


def column_of(part: Part, cells: Cells, names: Names) -> str:
    """Return the column of a row that shows a part, "" where there is none."""
    if not part.placement:
        return part.field if part.field in cells else ""
    called = {part.placement, names.placements.get(part.placement)}
    number = 1
    while numbered("placement", number) in cells:
        language = cells.get(numbered("language", number), "").replace(" ", "").lower()
        if cells[numbered("placement", number)] in called and (
            part.field == "channel" or language == part.language.lower()
        ):
            return numbered(part.field, number)
        number += 1
    return ""
