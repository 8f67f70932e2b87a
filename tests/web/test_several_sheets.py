"""Workbooks of several sheets: what the page shows is what it sends, and it names the rest."""

import io
from typing import Any

import openpyxl
import pytest

from tests.support.page_client import PageClient, dropped, match
from tests.support.workbooks import PLACEMENT

OURS = ("name", "placement", "content", "channel", "type")
THEIRS = ("Hopsa", "Popsa", "Lumpa", "Wumpa", "Dumpa")


def workbook(**sheets: list[tuple[str, ...]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def offers(*names: str) -> list[tuple[str, ...]]:
    return [(name, PLACEMENT, "<p>x</p>", "web", "html") for name in names]


def opened(client: PageClient, content: bytes) -> str:
    """Drop a workbook; return its draft, once it is read and checked."""
    _, answer = dropped(client, "months.xlsx", content)
    draft = answer["path"].split("/")[2]
    state(client, draft)
    return draft


def state(client: PageClient, draft: str) -> dict[str, Any]:
    """Return the state of a draft, once nothing works on it."""
    while True:
        found: dict[str, Any] = client.get(f"/drafts/{draft}/state?sheets=1").json()
        if found["is_checked"] or found["trouble"]:
            return found


def matched(client: PageClient, draft: str, *fields: str) -> dict[str, Any]:
    """Say what the columns are; return the state of the draft."""
    match(client, draft, *fields)
    return state(client, draft)


def sheets_of(found: dict[str, Any]) -> list[str]:
    return [each["name"] for each in found["sheets"]]


def told(found: dict[str, Any]) -> str:
    return " ".join(each["message"] for each in found["notices"])


def test_every_sheet_with_the_headings_of_the_first_is_shown_and_sent(client: PageClient) -> None:
    places = [("Popsa", "Wo"), (PLACEMENT, "oben")]
    book = workbook(
        Jan=[THEIRS, *offers("a1", "a2")], Places=places, Feb=[THEIRS, *offers("b1", "b2", "b3")]
    )
    draft = opened(client, book)
    before = state(client, draft)

    after = matched(client, draft, *OURS)

    client.post(f"/drafts/{draft}/plan")
    plan = client.text(f"/drafts/{draft}/plan")
    assert before["headings"], "the columns are asked for, though there are several sheets"
    assert sheets_of(before) == sheets_of(after) == ["Jan", "Feb"]
    assert 'the sheet "Places" has other headings than "Jan" and is not read' in told(after)
    assert "Feb" not in told(after)
    assert (after["headings"], after["errors"], after["rows"]) == ("", 0, 5)
    assert "5 offers are created" in plan


@pytest.mark.parametrize("is_first", [True, False])
def test_a_sheet_beside_those_with_offers_is_named(client: PageClient, is_first: bool) -> None:
    legend = [("Foo", "Bar"), ("1", "2")]
    more = [("Baz",), ("3",)]
    sheets = {"Legend": legend, "More": more, "Jan": [OURS, *offers("a1")]}
    names = [*sheets] if is_first else [*sheets][::-1]
    found = state(client, opened(client, workbook(**{name: sheets[name] for name in names})))

    assert sheets_of(found) == ["Jan"]
    for name in ("Legend", "More"):
        assert f'the sheet "{name}" has no known heading and is not read' in told(found)
    assert (found["headings"], found["errors"], found["rows"]) == ("", 0, 1)
