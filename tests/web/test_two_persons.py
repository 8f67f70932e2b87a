"""Two persons, whom a proxy names, work on one sheet."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from loader.settings.web import WebSettings
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import PLACEMENT

PUBLIC: Final = "https://offers.example.com"
HEADER: Final = "X-Forwarded-User"
HEAD: Final = "name,placement,type,content,status\n"


class Person:
    """Somebody who signed in, and what the script of the sheet does for her."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        first = client.get("/")
        self._root = first.headers["Location"].rstrip("/")
        client.headers["Cookie"] = first.headers["Set-Cookie"].partition(";")[0]
        token = re.search(r'name="token" content="([^"]+)"', client.get(f"{self._root}/").text)
        assert token
        client.headers.update({"X-Token": token[1], "Origin": PUBLIC, "Accept": "application/json"})

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"{self._root}{path}", params=query).json()

    def post(self, path: str, value: Any = None) -> Any:
        return self._client.post(f"{self._root}{path}", json=value or {}).json()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningPage]:
    web = WebSettings(public_url=PUBLIC, user_header=HEADER, trusted_proxies=("127.0.0.0/8",))
    with running_page(tmp_path, web=web, listen="127.0.0.1") as page:
        yield page


@pytest.fixture
def persons(served: RunningPage) -> Iterator[tuple[Person, Person]]:
    address = f"http://127.0.0.1:{served.served.port}"
    with ExitStack() as stack:
        ada, ben = (
            stack.enter_context(
                httpx.Client(base_url=address, headers={"Host": "offers.example.com", HEADER: name})
            )
            for name in ("ada", "ben")
        )
        yield Person(ada), Person(ben)


def test_undo_takes_back_what_the_person_did_not_what_another_did_later(
    served: RunningPage, persons: tuple[Person, Person]
) -> None:
    ada, ben = persons
    lines = "".join(f"{name},{PLACEMENT},html,<p>Hello</p>,approved\n" for name in "AB")
    path = f"/drafts/{served.draft_of((HEAD + lines).encode(), 'spring.csv')}"
    ada.post(f"{path}/edits", {"changes": [[1, 3, "by ada", None]], "words": "of ada"})
    ben.post(f"{path}/edits", {"changes": [[2, 3, "by ben", None]], "words": "of ben"})

    assert [each.get(f"{path}/state")["undo"] for each in persons] == ["of ada", "of ben"]
    undone = ada.post(f"{path}/undo")

    def contents() -> list[str]:
        window = ben.get(f"{path}/rows", sheet=1, count=9)
        return [row["cells"][3] for row in window["rows"]]

    assert (undone["words"], contents()) == ("of ada", ["<p>Hello</p>", "by ben"])
    assert [each.get(f"{path}/state")["redo"] for each in persons] == ["of ada", ""]
    assert ben.post(f"{path}/redo")["code"] == "edit-refused"
    ada.post(f"{path}/redo")
    assert contents() == ["by ada", "by ben"]
