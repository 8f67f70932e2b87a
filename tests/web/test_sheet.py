"""What the script of the sheet asks for and sends, over a real socket."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.corpus.broken import bomb
from tests.corpus.case import Content, bytes_of
from tests.support.web_page import RunningPage, running_page
from tests.support.workbooks import PLACEMENT

HEAD = "name,placement,type,content,status\n"


def line(name: str, kind: str = "html", status: str = "approved") -> str:
    return f"{name},{PLACEMENT},{kind},<p>Hello</p>,{status}\n"


@dataclass(kw_only=True)
class Script:
    """What a script of the page can do: requests with its cookie and its token."""

    page: RunningPage
    root: str = ""
    cookie: str = ""
    token: str = ""

    def sign_in(self) -> None:
        link = urlsplit(self.page.link())
        answer, _ = self.ask("GET", link.path)
        self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
        self.root = str(answer.getheader("Location")).rstrip("/")
        _, html = self.ask("GET", f"{self.root}/")
        found = re.search(r'name="token" content="([^"]+)"', html.decode())
        assert found
        self.token = found[1]

    def get(self, path: str, **query: object) -> Any:
        return self._json("GET", f"{path}?{urlencode(query)}")

    def post(
        self, path: str, value: object = None, *, raw: bytes | Iterator[bytes] | None = None
    ) -> Any:
        return self._json(
            "POST", path, raw if raw is not None else json.dumps(value or {}).encode()
        )

    def upload(self, content: bytes, name: str = "offers.csv") -> Any:
        return self.post(f"/drafts?name={quote(name)}", raw=content)

    def opened(self, content: str) -> str:
        """Upload a CSV; return the path of its draft, once every row is checked."""
        status, answer = self.upload(content.encode())
        assert status == 200
        for _ in range(500):
            if self.get(f"{answer['path']}/state")[1]["is_checked"]:
                return str(answer["path"])
        raise AssertionError("it was never checked")

    def _json(self, method: str, path: str, body: bytes | Iterator[bytes] | None = None) -> Any:
        answer, text = self.ask(method, self.root + path, body)
        return answer.status, json.loads(text or b"null")

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        address = urlsplit(self.page.address)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        headers = {"Cookie": self.cookie, "X-Token": self.token, "Origin": self.page.address}
        if path.startswith(f"{self.root}/drafts"):
            headers["Accept"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer, text


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    with running_page(tmp_path_factory.mktemp("page")) as page:
        script = Script(page=page)
        script.sign_in()
        yield script


def test_rows_come_in_windows_with_what_is_wrong(script: Script) -> None:
    path = script.opened(
        HEAD + "".join(line(f"Offer {n}", "htm" if n % 2 else "html") for n in range(9))
    )
    _, state = script.get(f"{path}/state", sheets=1)
    sheet = state["sheets"][0]["sheet_id"]

    _, window = script.get(f"{path}/rows", sheet=sheet, start=2, count=3)
    _, wrong = script.get(f"{path}/rows", sheet=sheet, start=0, count=50, only="wrong")

    assert (state["rows"], state["wrong_rows"]) == (9, 4)
    assert [row["number"] for row in window["rows"]] == [4, 5, 6]
    assert window["rows"][1]["findings"][0]["offers"] == ["html"]
    assert wrong["total"] == 4


def test_a_list_of_rows_stays_as_it_was_shown(script: Script) -> None:
    """Its places are what somebody pastes at, whatever others fix and show meanwhile."""
    path = script.opened(HEAD + "".join(line(name, "htm") for name in "ABC"))
    wrong = {"sheet": 1, "start": 0, "count": 9, "only": "wrong"}
    _, first = script.get(f"{path}/rows", **wrong)
    script.post(f"{path}/edits", {"changes": [[1, 2, "html", "htm"]], "words": "E"})

    _, second = script.get(f"{path}/rows", **wrong)
    _, again = script.get(f"{path}/rows", **wrong, list=first["list"])
    _, found = script.get(f"{path}/next", **wrong, list=first["list"], row=1, at=4)

    def numbers(window: Any) -> list[int]:
        return [row["number"] for row in window["rows"]]

    assert (numbers(first), numbers(second), numbers(again)) == ([2, 3, 4], [3, 4], [2, 3, 4])
    assert first["list"] == again["list"] != second["list"]
    assert found["place"]["at"] == 1


def test_a_list_of_rows_that_is_not_kept_any_more_is_refused(script: Script) -> None:
    path = script.opened(HEAD + "".join(line(name, "htm") for name in "ABC"))
    wrong = {"sheet": 1, "start": 0, "count": 9, "only": "wrong"}
    _, first = script.get(f"{path}/rows", **wrong)
    for _ in range(60):
        script.get(f"{path}/rows", **wrong)

    late, said = script.get(f"{path}/rows", **wrong, list=first["list"])
    next_one, _ = script.get(f"{path}/next", **wrong, list=first["list"], row=0, at=0)

    assert (late, said["code"], next_one) == (409, "rows-changed", 409)
    assert "again" in said["message"]
    other, _ = script.get(f"{path}/rows", sheet=1, count=9, only="edited", list=first["list"])
    assert other == 409


def test_an_edit_is_checked_and_undone_and_a_late_one_is_refused(script: Script) -> None:
    path = script.opened(HEAD + line("A", "htm"))

    _, edited = script.post(f"{path}/edits", {"changes": [[1, 2, "html", "htm"]], "words": "E"})
    late, said = script.post(f"{path}/edits", {"changes": [[1, 2, "text", "htm"]], "words": "L"})
    _, undone = script.post(f"{path}/undo")
    nothing, _ = script.post(f"{path}/undo")

    assert edited["rows"][0]["findings"] == []
    assert edited["rows"][0]["was"] == {"2": "htm"}
    assert (late, nothing) == (409, 409)
    assert 'it holds "html" now' in said["message"]
    assert undone["rows"][0]["findings"][0]["code"] == "not-allowed"


def test_a_group_is_fixed_at_once(script: Script) -> None:
    path = script.opened(HEAD + "".join(line(f"Offer {n}", status="aproved") for n in range(4)))
    _, groups = script.get(f"{path}/groups", sheet=1)
    group = groups[0]
    wanted = {name: group[name] for name in ("code", "position", "value")}
    wanted |= {"sheet": group["sheet_id"], "text": group["offers"][0]}

    _, fixed = script.post(f"{path}/fix-group", wanted)
    gone, _ = script.post(f"{path}/fix-group", wanted)

    assert (group["cells"], fixed["cells"]) == (4, 4)
    assert gone == 409
    assert script.get(f"{path}/state")[1]["wrong_rows"] == 0


def test_the_names_of_the_target_are_offered(script: Script) -> None:
    path = script.opened(HEAD + line("A"))

    _, found = script.get(f"{path}/names", kind="placements")

    assert "Web banner" in [each["name"] for each in found["names"]]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "empty"),
        (bomb, "bomb.xlsx", "bomb.xlsx: "),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "locked.xlsx", "locked.xlsx: "),
        (b"%PDF-1.7", "../../etc/x.pdf", "x.pdf: "),
        (b"PK\x03\x04 not a zip", "broken.xlsx", "broken.xlsx: "),
    ],
)
def test_what_cannot_be_read_is_said_and_removed(
    script: Script, content: Content, name: str, words: str
) -> None:
    before = sorted(script.page.state.drafts.glob("*"))

    status, said = script.upload(bytes_of(content), name)

    assert (status, words in said["message"]) == (422, True)
    assert sorted(script.page.state.drafts.glob("*")) == before


def test_an_upload_that_does_not_say_its_size_is_cut_off(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loader.web.uploads._MB", 1)  # so that 200 bytes are the limit
    before = sorted(script.page.state.drafts.glob("*"))

    status, said = script.post("/drafts?name=a.csv", raw=iter([b"x" * 150, b"x" * 150]))

    assert (status, "200 MB" in said["message"]) == (409, True)
    assert sorted(script.page.state.drafts.glob("*")) == before


def test_a_browser_that_leaves_in_the_middle_of_an_upload_leaves_nothing(script: Script) -> None:
    """The page reports a crash where it is one, which fails the fixture."""
    before = sorted(script.page.state.drafts.glob("*"))
    address = urlsplit(script.page.address)
    head = (
        f"POST {script.root}/drafts?name=a.csv HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Origin: {script.page.address}\r\nCookie: {script.cookie}\r\n"
        f"X-Token: {script.token}\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as browser:
        browser.sendall(head.encode() + b"name,pl")
        for _ in range(200):
            if sorted(script.page.state.drafts.glob("*")) != before:
                break
            time.sleep(0.01)
    for _ in range(500):
        if sorted(script.page.state.drafts.glob("*")) == before:
            break
        time.sleep(0.01)

    assert sorted(script.page.state.drafts.glob("*")) == before


def test_the_corrected_file_has_its_name_and_its_edits(script: Script) -> None:
    path = script.opened(HEAD + line("A", "htm"))
    script.post(f"{path}/edits", {"changes": [[1, 2, "html", None]]})

    _, about = script.get(f"{path}/corrected/about")
    answer, content = script.ask("GET", f"{script.root}{path}/corrected")

    assert about == {"name": "offers.corrected.csv", "lost": [], "why": ""}
    assert 'filename="offers.corrected.csv"' in str(answer.getheader("Content-Disposition"))
    assert content.decode() == HEAD + line("A")


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loader.web.uploads._MB", 1)  # so that 200 bytes are the limit

    status, said = script.upload(b"x" * 300)

    assert status == 409
    assert "200 MB" in said["message"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("edits", {"changes": [[1, 2]]}),
        ("edits", {"changes": [[1, 2, "x", 5]]}),
        ("edits", {"changes": [["x", 2, "x", None]]}),
        ("edits", {}),
        ("edits", {"changes": [[1, 99, "x", None]]}),
        ("edits", {"changes": [[99, 0, "x", None]]}),
        ("edits", {"changes": [[1, 0, "\ud800", None]]}),
        ("confirm", {"row": "x"}),
        ("fix-group", {"sheet": "x"}),
    ],
)
def test_a_request_that_no_page_makes_changes_nothing(
    script: Script, path: str, value: object
) -> None:
    draft = script.opened(HEAD + line("A"))

    status, said = script.post(f"{draft}/{path}", value)

    assert status in (400, 409)
    assert said["message"]
    assert script.get(f"{draft}/state")[1]["edited"] == 0


@pytest.mark.parametrize("query", [{"sheet": "x"}, {"sheet": 77}, {"only": "odd"}, {"start": -9}])
def test_a_window_that_cannot_be_is_refused(script: Script, query: dict[str, object]) -> None:
    draft = script.opened(HEAD + line("A"))

    status, _ = script.get(f"{draft}/rows", **query)

    assert status in (400, 409)


def test_a_draft_is_removed_by_the_person(script: Script) -> None:
    draft = script.opened(HEAD + line("A"))

    script.post(f"{draft}/remove")

    assert script.get(f"{draft}/state")[0] == 409
    assert not Path(script.page.state.drafts / draft.rpartition("/")[2]).exists()


def test_two_rows_of_one_name_say_in_which_cells_they_differ(script: Script) -> None:
    path = script.opened(HEAD + line("A", "html") + line("A", "html", "draft"))
    _, window = script.get(f"{path}/rows", sheet=1, start=1, count=1)
    (finding,) = window["rows"][0]["findings"]

    assert 'they differ in status ("approved" there, "draft" here)' in finding["message"]
    assert "loader" not in finding["suggestion"].replace("runs the loader", "")
    script.post(f"{path}/edits", {"changes": [[1, 3, "<p>New</p>", None]], "words": "E"})
    _, window = script.get(f"{path}/rows", sheet=1, start=1, count=1)
    assert 'content ("<p>New</p>" there' in window["rows"][0]["findings"][0]["message"]


def test_a_sheet_is_not_called_checked_before_its_rows_are_compared(script: Script) -> None:
    rows = [line(f"Offer {n}") for n in range(10_000)]

    path = script.opened(HEAD + "".join(rows) + line("Offer 7", status="draft"))

    assert [each["code"] for each in script.get(f"{path}/groups", sheet=1)[1]] == ["key-conflict"]
    assert script.get(f"{path}/state")[1]["wrong_rows"] == 1
