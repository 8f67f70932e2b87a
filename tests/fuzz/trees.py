"""Change an XML document and keep it well-formed, given a random generator.

ElementTree writes the document anew, with prefixes of its own: that alone must change nothing.
"""

import random
from collections.abc import Callable
from xml.etree import ElementTree

Element = ElementTree.Element
VALUES = (
    *("", " ", "0", "1", "2", "-1", "7", "15", "1048576", "1048577", "16384", "4294967296"),
    *("9" * 30, "1e400", "-0", "NaN", "1.5", "true", "TRUE", "yes", "A1", "a1", "XFD1", "XFE1"),
    *("A0", "$B$2", "A1:B2", "B2:A1", "A1:XFD1048576", "1:1", "A:A", "sheet1.xml", "../x", "rId1"),
    *(
        "s",
        "str",
        "b",
        "e",
        "n",
        "d",
        "inlineStr",
        "string",
        "float",
        "date",
        "percentage",
        "x" * 99,
    ),
    *("=1+1", "#REF!", "2026-12-31", "2026-02-30T25:61:61", "PT99999999H", "_x0041_", "_xFFFE_"),
    *("a\nb", "a\tb", "\u00a0", "\u200b", "\u202e", "\U0001f600", "yyyy-mm-dd", '0" m"', "[h]:mm"),
)
Change = Callable[[random.Random, list[Element]], None]


def spoil_tree(dice: random.Random, data: bytes) -> bytes:
    """Return the document with a few changes; as it was, where it is none, or too deep to write."""
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError):
        return data
    for _ in range(dice.choice((0, 1, 1, 1, 2, 5))):
        elements = list(root.iter())
        dice.choice(CHANGES)(dice, elements)
    try:
        return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    except RecursionError:
        return data


def _parent(dice: random.Random, elements: list[Element]) -> Element:
    parents = [element for element in elements if len(element)]
    return dice.choice(parents or elements)


def drop_element(dice: random.Random, elements: list[Element]) -> None:
    """Leave out an element with all below it."""
    parent = _parent(dice, elements)
    if len(parent):
        parent.remove(dice.choice(list(parent)))


def repeat_element(dice: random.Random, elements: list[Element]) -> None:
    """Put an element there twice, or a few hundred times."""
    parent = _parent(dice, elements)
    if len(parent):
        child = dice.choice(list(parent))
        times = 1 if len(list(child.iter())) > 50 else dice.choice((1, 1, 3, 300))
        for _ in range(times):
            parent.insert(dice.randrange(len(parent) + 1), child)


def move_element(dice: random.Random, elements: list[Element]) -> None:
    """Put an element among the children of another, which is not below it."""
    parent = _parent(dice, elements)
    if len(parent):
        child = dice.choice(list(parent))
        below = set(child.iter())
        parent.remove(child)
        others = [element for element in elements if element not in below]
        other = dice.choice(others)
        other.insert(dice.randrange(len(other) + 1), child)


def shuffle_children(dice: random.Random, elements: list[Element]) -> None:
    """Change the order."""
    parent = _parent(dice, elements)
    children = list(parent)
    dice.shuffle(children)
    parent[:] = children


def rename_element(dice: random.Random, elements: list[Element]) -> None:
    """Give an element the name of another, or another namespace."""
    element = dice.choice(elements)
    if dice.random() < 0.5:
        element.tag = dice.choice(elements).tag
    else:
        element.tag = "{urn:other}" + str(element.tag).rpartition("}")[2]


def wrap_element(dice: random.Random, elements: list[Element]) -> None:
    """Nest an element deeper, in elements of its own name."""
    parent = _parent(dice, elements)
    if len(parent):
        at = dice.randrange(len(parent))
        inner = parent[at]
        for _ in range(dice.choice((1, 2, 150))):
            outer = Element(inner.tag, dict(inner.attrib))
            outer.append(inner)
            inner = outer
        parent[at] = inner


def change_attribute(dice: random.Random, elements: list[Element]) -> None:
    """Change, drop, swap or copy an attribute."""
    holders = [element for element in elements if element.attrib]
    if not holders:
        return
    element = dice.choice(holders)
    name = dice.choice(sorted(element.attrib))
    other = dice.choice(holders)
    match dice.randrange(4):
        case 0:
            del element.attrib[name]
        case 1:
            element.attrib[name] = dice.choice(sorted(other.attrib.values()))
        case 2:
            element.attrib[dice.choice(sorted(other.attrib))] = element.attrib[name]
        case _:
            element.attrib[name] = dice.choice(VALUES)


def change_text(dice: random.Random, elements: list[Element]) -> None:
    """Change, drop or add text."""
    holders = [element for element in elements if element.text]
    element = dice.choice(holders or elements)
    if dice.random() < 0.2:
        element.tail = dice.choice(VALUES)
    else:
        element.text = dice.choice((None, *VALUES))


CHANGES: tuple[Change, ...] = (
    drop_element, repeat_element, move_element, shuffle_children, rename_element, wrap_element,
    change_attribute, change_attribute, change_attribute, change_text, change_text,
)  # fmt: skip
