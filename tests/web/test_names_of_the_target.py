"""The names of placements that a sheet uses, after they were changed on the target."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from loader.run.embedded_sandbox import sandbox_file
from tests.support.page_client import PageClient, client_of, dropped
from tests.support.web_page import RunningPage, running_page

SHEET = b"name,placement,type,content\nA,Web banner,html,<p>x</p>\n"


@contextmanager
def opened(folder: Path) -> Iterator[PageClient]:
    with running_page(folder) as page, client_of(page) as client:
        yield client


def rename(page: RunningPage, old: str, new: str) -> None:
    with closing(sqlite3.connect(sandbox_file(page.state.settings))) as sql, sql:
        sql.execute("UPDATE entity SET body = replace(body, ?, ?)", (old, new))


def errors(client: PageClient, draft: str) -> int:
    """Return how many cells of a sheet are wrong, once it is checked."""
    while True:
        state = client.get(f"/drafts/{draft}/state").json()
        if state["is_checked"]:
            return int(state["errors"])


def test_a_sheet_is_checked_again_where_its_plan_finds_other_names(tmp_path: Path) -> None:
    with opened(tmp_path) as client:
        _, answer = dropped(client, "spring.csv", SHEET)
        draft = answer["path"].split("/")[2]
        before = errors(client, draft)
        rename(client.page, "Web banner", "Another")
        client.post(f"/drafts/{draft}/plan")
        renamed = errors(client, draft)
        plan = client.text(f"/drafts/{draft}/plan")
        rename(client.page, "Another", "Web banner")
    with opened(tmp_path) as client:
        kept = errors(client, draft)
        client.post(f"/drafts/{draft}/plan")

        assert (before, renamed, kept, errors(client, draft)) == (0, 1, 1, 0)
        assert "1 is invalid and left out" in plan, plan
