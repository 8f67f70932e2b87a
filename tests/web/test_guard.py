"""Who is answered, over real sockets. What a browser does is in `pages/test_attacks.py`."""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from loader.errors import SettingsError
from loader.settings.web import WebSettings
from loader.web.server import check_listening
from tests.support.certificates import certificate_for
from tests.support.page_client import PageClient, client_of
from tests.support.page_runs import plan_file
from tests.support.web_page import RunningPage, running_page

PUBLIC = "https://offers.example.com"
HOST = {"Host": "offers.example.com"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPage]:
    with running_page(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Host": "evil.test"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "localhost.evil.test"}, 421),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "strange"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Cookie": ""}, 401),
        ({"Cookie": "loader=guessed"}, 401),
    ],
)
def test_a_page_is_given_to_our_own_pages_alone(
    client: PageClient, headers: dict[str, str], status: int
) -> None:
    assert client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 200), ({"Host": "evil.test"}, 421), ({"Origin": "null"}, 403)]
)
def test_a_refusal_has_its_style_for_those_who_are_not_signed_in(
    client: PageClient, headers: dict[str, str], status: int
) -> None:
    without = {"Cookie": "", **headers}

    refused = client.client.get(f"{client.origin}/", headers=without)
    style = client.client.get(f"{client.origin}/bare.css", headers=without)

    assert ('href="/bare.css"' in refused.text) == (status != 421)
    assert style.status_code == status


@pytest.mark.parametrize("both", ["loader=evil; {ours}", "{ours}; loader=evil"])
def test_a_cookie_that_another_port_has_set_locks_nobody_out(client: PageClient, both: str) -> None:
    [ours] = client.client.cookies.jar

    answer = client.get("/", headers={"Cookie": both.format(ours=f"loader={ours.value}")})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        ({"X-Token": "ours", "Origin": "ours"}, {}, 404),  # let through: there is no such page
        ({"X-Token": "ours", "Sec-Fetch-Site": "same-origin"}, {}, 404),
        ({"Origin": "ours"}, {"token": "ours"}, 404),
        ({"X-Token": "ours"}, {}, 403),  # nothing says which page asks
        ({"Origin": "ours"}, {}, 403),
        ({"X-Token": "guessed", "Origin": "ours"}, {}, 403),
        ({"X-Token": "é", "Origin": "ours"}, {}, 403),
        ({"Origin": "ours"}, {"token": "guessed"}, 403),
        ({"X-Token": "ours", "Origin": "null"}, {}, 403),
    ],
)
def test_a_change_bears_the_token_of_its_session(
    client: PageClient, headers: dict[str, str], form: dict[str, str], status: int
) -> None:
    ours = {"X-Token": client.token, "Origin": client.origin, "token": client.token}
    sent = {key: ours[key] if value == "ours" else value for key, value in headers.items()}
    body = {key: ours[key] if value == "ours" else value for key, value in form.items()}
    raw = [(key.encode(), value.encode()) for key, value in sent.items()]

    answer = client.client.post(f"{client.origin}{client.root}/none", headers=raw, data=body)

    assert answer.status_code == status


def test_the_token_of_another_session_is_refused(served: RunningPage, client: PageClient) -> None:
    with client_of(served) as other:
        client.token = other.token

        assert client.post("/none").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_is_known(client: PageClient, method: str) -> None:
    assert client.client.request(method, f"{client.origin}{client.root}/").status_code == 405


@pytest.mark.parametrize(
    "name", ["..%2fwords.toml", "..%2f..%2ferrors.py", "none.css", "%00", "app.css%00.js"]
)
def test_nothing_but_the_fixed_files_is_given(client: PageClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404
    assert client.get("/static/app.css").headers["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/none", "/static/app.js", "/template", "/runs/x/events"])
def test_every_answer_keeps_other_pages_out(client: PageClient, path: str) -> None:
    for answer in (client.get(path), client.get(path, headers={"Host": "evil.test"})):
        assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Server" not in answer.headers


def test_a_body_that_is_no_object_is_refused_in_words(client: PageClient) -> None:
    headers = {"X-Token": client.token, "Origin": client.origin, "Accept": "application/json"}
    for content in (b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"' + b"x" * 9_000_000 + b'"'):
        address = f"{client.origin}{client.root}/runs/x/resolve"
        answer = client.client.post(address, content=content, headers=headers)

        assert answer.status_code in (400, 413)
        assert answer.json()["message"]


def listening(**given: object) -> WebSettings:
    return WebSettings.model_validate({"public_url": PUBLIC, **given})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "without encryption"),
        ({"certificate": "a.pem"}, "without encryption"),
        ({"user_header": "X-User"}, "belong together"),
        ({"trusted_proxies": ["10.0.0.1"]}, "belong together"),
        (
            {"user_header": "X-User", "trusted_proxies": ["10.0.0.1"], "public_url": None},
            "public_url",
        ),
    ],
)
def test_others_are_not_served_without_knowing_who_they_are(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        check_listening("0.0.0.0", listening(**given))


def test_a_proxy_names_the_person_and_the_audit_says_it(tmp_path: Path) -> None:
    web = listening(user_header="X-User", trusted_proxies=["127.0.0.0/8"])
    with running_page(tmp_path, web=web, listen="127.0.0.1") as page:
        run_id = plan_file(page, tmp_path / "spring.csv", ["A"])
        address = f"http://127.0.0.1:{page.served.port}"
        with httpx.Client(base_url=address, headers={**HOST, "X-User": "ada"}) as ada:
            first = ada.get("/")
            root = first.headers["Location"]
            cookie = first.headers["Set-Cookie"].split(";")[0]
            seen = ada.get(root, headers={"Cookie": cookie})

            assert "Secure" in first.headers["Set-Cookie"]
            assert "Signed in as ada" in seen.text
            # The cookie of one person is none for another, and no name is no person.
            bob = ada.get(root, headers={"Cookie": cookie, "X-User": "bob"})
            assert (bob.status_code, bob.headers.get("Set-Cookie") is not None) == (303, True)
            assert ada.get(root, headers={"Cookie": cookie, "X-User": ""}).status_code == 403
            twice = [(b"Host", b"offers.example.com"), (b"X-User", b"a"), (b"X-User", b"b")]
            assert httpx.get(address, headers=twice).status_code == 403
            assert httpx.get(address, headers=HOST).status_code == 403
            assert ada.get("/", headers={"Host": "127.0.0.1"}).status_code == 421
            change = {"Cookie": cookie, "Origin": PUBLIC, "X-Token": "guessed"}
            assert ada.post(f"{root}none", headers=change).status_code == 403
            assert ada.post(f"{root}none", headers={"Origin": PUBLIC}).status_code == 401

            change["X-Token"] = re.search(r'name="token" content="([^"]+)"', seen.text)[1]  # type: ignore[index]
            assert ada.post(f"{root}runs/{run_id}/go-on", headers=change).status_code == 303
            page.state.jobs.of(run_id).wait()
            audit = ada.get(f"{root}runs/{run_id}/audit", headers={"Cookie": cookie}).text
            assert ">ada<" in audit


def test_who_is_no_proxy_is_not_answered(tmp_path: Path) -> None:
    web = listening(user_header="X-User", trusted_proxies=["192.0.2.7"])
    with running_page(tmp_path, web=web, listen="127.0.0.1") as page:
        answer = httpx.get(
            f"http://127.0.0.1:{page.served.port}/", headers={**HOST, "X-User": "ada"}
        )

        assert answer.status_code == 403


def test_with_a_certificate_the_page_is_encrypted_and_wants_a_ticket(tmp_path: Path) -> None:
    certificate, key = certificate_for("offers.example.com", "127.0.0.1", folder=tmp_path)
    web = listening(certificate=str(certificate), certificate_key=str(key))
    trust = ssl.create_default_context(cafile=certificate)
    with (
        running_page(tmp_path, web=web, listen="127.0.0.1") as page,
        httpx.Client(verify=trust, headers=HOST) as client,
    ):
        address = f"https://127.0.0.1:{page.served.port}"
        path = page.link().removeprefix(PUBLIC)

        assert client.get(f"{address}/").status_code == 401
        assert "Secure" in client.get(f"{address}{path}").headers["Set-Cookie"]
        assert client.get(f"{address}{path}").status_code == 403
