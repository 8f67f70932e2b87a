"""An offer that exists as the cells of a row, and what a person changed in them.

A cell counts as changed where its text is not the one that was pulled, but for how programs store
it (line ends, blanks at the end). So what a sheet cannot hold exactly is never taken for an edit.
"""

from collections.abc import Mapping
from typing import Final

from loader.merge.part import Part, Value
from loader.model import Dialect
from loader.offer.shown_in_columns import COMPONENT, LISTS, TEXTS, Content, Shown, shown
from loader.offer.vocabulary import CHANNEL_BASE, CHANNELS
from loader.validation.editing import Cells, Names, Object, is_same_text
from loader.validation.fields import ATTRIBUTE_PREFIX, numbered

_GROUP: Final = ("placement", "type", "content", "delivery_url", "link_url", "channel", "format",
                 "language")  # fmt: skip
_DEFAULTED: Final = ("type", "format", "channel")  # where blank, something else tells them


def cells(remote: Object, dialect: Dialect, names: Names) -> Cells:
    """Return what a row of a pulled sheet says of an object."""
    offer = shown(remote, dialect)
    found: Cells = {name: offer.texts.get(name, "") for name in TEXTS}
    for number, content in enumerate(offer.contents, start=1):
        group = _group(content, names)
        found |= {numbered(field, number): text for field, text in group.items()}
    names_by_field = {"tags": names.tags}
    for name in LISTS:
        texts = offer.lists.get(name, ())
        found[name] = "; ".join(names_by_field.get(name, {}).get(text, text) for text in texts)
    for name, text in offer.attributes.items():
        found[f"{ATTRIBUTE_PREFIX}{name}"] = text
    return found


def _group(content: Content, names: Names) -> dict[str, str]:
    word = content.channel.removeprefix(CHANNEL_BASE)
    return {
        **{field: content.values.get(field, "") for field in COMPONENT},
        "placement": names.placements.get(content.placement, content.placement),
        "channel": word if word in CHANNELS else content.channel,
        "language": content.language.replace(";", "; "),
    }


def edits(
    remote: Object, pulled: Cells, current: Cells, document: Object, dialect: Dialect
) -> dict[Part, Value | None]:
    """Return what a person changed in a row that was pulled as `pulled`."""
    base, new = shown(remote, dialect), shown(document, dialect).parts()
    found: dict[Part, Value | None] = {}
    for field, text in current.items():
        is_of_offer = field in TEXTS or field in LISTS or field.startswith(ATTRIBUTE_PREFIX)
        if not is_of_offer or is_same_text(text, pulled.get(field, "")):
            continue
        if field != "status" or text.strip():  # blank: as it is
            found[Part(field=field)] = new.get(Part(field=field))
    return found | _edited_contents(base, pulled, current, new)


def edits_of_unpulled(
    current: Cells, document: Object, dialect: Dialect
) -> dict[Part, Value | None]:
    """Return the edits of a row that was not pulled: a blank cell changes nothing."""
    filled = {field for field, text in current.items() if text.strip()}
    stems = {field if field in _DEFAULTED else field.rpartition("_")[0] for field in filled}
    unstated = {field for field in _DEFAULTED if field not in stems}
    unstated |= {"status"} - filled
    parts = shown(document, dialect).parts()
    return {part: value for part, value in parts.items() if part.field not in unstated}


def _edited_contents(
    base: Shown, pulled: Cells, current: Cells, new: Mapping[Part, Value]
) -> dict[Part, Value | None]:
    """Return the changes of what is shown, but for groups of cells that are as they were."""
    known = {content.key for content in base.contents}
    untouched = {
        content.key
        for number, content in enumerate(base.contents, start=1)
        if _is_untouched(number, pulled, current)
    }
    if not _has_edited_group(len(base.contents), pulled, current):
        untouched_placements = {placement for placement, _ in untouched}
        new = {
            part: value
            for part, value in new.items()
            if _key(part) in untouched
            or (part.field == "channel" and part.placement in untouched_placements)
        }
    columns = {_stem(field) for field in current}
    before = {part: value for part, value in base.parts().items() if part.placement}
    found: dict[Part, Value | None] = {}
    for part in {*before, *(part for part in new if part.placement)}:
        value = new.get(part)
        if part.field not in columns or value == before.get(part):
            continue
        if part.field == "channel":
            at_placement = {key for key in known if key[0] == part.placement}
            if at_placement and at_placement <= untouched:
                continue
            is_known = bool(at_placement)
        else:
            is_known = _key(part) in known
            if _key(part) in untouched:
                continue
        is_default = part.field in _DEFAULTED and not _is_edited(part.field, pulled, current)
        if not (is_default and is_known and value is not None):
            found[part] = value
    return found


def _key(part: Part) -> tuple[str, str]:
    return part.placement, part.language


def _has_edited_group(count: int, pulled: Cells, current: Cells) -> bool:
    """Say whether a group of cells is not what some group was when it was pulled."""
    pulled_groups = [_pulled_group(number, pulled) for number in range(1, count + 1)]
    return any(
        any(text.strip() for text in group.values())
        and not any(_is_same_group(group, pulled_group) for pulled_group in pulled_groups)
        for group in _groups(current).values()
    )


def _is_untouched(number: int, pulled: Cells, current: Cells) -> bool:
    """Say whether some group of the row is what was pulled as group `number`."""
    groups = _groups(current)
    if number not in groups:  # its columns were taken out of the sheet
        return True
    pulled_group = _pulled_group(number, pulled)
    return any(_is_same_group(group, pulled_group) for group in groups.values())


def _pulled_group(number: int, pulled: Cells) -> dict[str, str]:
    return {stem: pulled.get(numbered(stem, number), "") for stem in _GROUP}


def _is_same_group(group: Mapping[str, str], pulled_group: Mapping[str, str]) -> bool:
    return all(is_same_text(text, pulled_group[stem]) for stem, text in group.items())


def _groups(current: Cells) -> dict[int, dict[str, str]]:
    """Return the groups of the columns that a sheet has, by their number."""
    groups: dict[int, dict[str, str]] = {}
    for field, text in current.items():
        stem = _stem(field)
        if stem:
            number = 1 if stem == field else int(field.rpartition("_")[2])
            groups.setdefault(number, {})[stem] = text
    return groups


def _stem(field: str) -> str:
    if field in _GROUP:
        return field
    stem, _, number = field.rpartition("_")
    return stem if stem in _GROUP and number.isdigit() else ""


def _is_edited(stem: str, pulled: Cells, current: Cells) -> bool:
    """Say whether a person wrote in a column of this stem."""
    return any(
        text.strip() and not is_same_text(text, pulled.get(field, ""))
        for field, text in current.items()
        if _stem(field) == stem
    )
