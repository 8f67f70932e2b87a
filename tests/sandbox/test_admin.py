"""The sandbox's own endpoint: what it shows, and who may change it."""

import httpx
import pytest

from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.sandbox_calls import client, dps_offer, headers


def test_counters_can_be_read_after_calls_were_made() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        http.post("/offers", params={"offer-type": "fallback"}, json=dps_offer("A"))
        shown = httpx.get(f"{sandbox.admin_url}/", trust_env=False)

    assert shown.status_code == 200
    assert shown.json()["requests"] == {"create": 1}
    assert shown.json()["offers"] == 1


@pytest.mark.parametrize(("method", "path"), [("POST", "/reset"), ("PUT", "/faults")])
def test_a_change_needs_a_header_that_a_form_cannot_send(method: str, path: str) -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        http.post("/offers", params={"offer-type": "fallback"}, json=dps_offer("A"))
        refused = httpx.request(method, sandbox.admin_url + path, trust_env=False)
        held = len(sandbox.offers())
        done = httpx.request(
            method, sandbox.admin_url + path, headers={"X-Offer-Sandbox": "1"}, trust_env=False
        )

    assert refused.status_code == 403
    assert "X-Offer-Sandbox" in refused.json()["message"]
    assert held == 1
    assert done.status_code == 200


@pytest.mark.parametrize("path", ["/__sandbox__/offers", "/data/core/dps/offers"])
def test_a_name_that_is_not_this_machines_is_refused(path: str) -> None:
    with running_sandbox() as sandbox:

        def status(host: str) -> int:
            asked = headers(sandbox) | {"Host": host}
            return httpx.get(
                sandbox.root + path,
                params={"offer-type": "fallback"},
                headers=asked,
                trust_env=False,
            ).status_code

        assert status("evil.example") == 421
        assert status("evil.example:80") == 421
        assert status("localhost:1234") == 200
        assert status("[::1]:80") == 200


def test_further_names_can_be_allowed() -> None:
    with running_sandbox(SandboxSettings(allowed_hosts="sandbox, box.local")) as sandbox:
        named = httpx.get(
            f"{sandbox.admin_url}/", headers={"Host": "box.local:8080"}, trust_env=False
        )

    assert named.status_code == 200
