"""A canary: servers repeat the token and the client's secret, and no artefact holds them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from offer_sandbox import EchoForm, Sandbox, SandboxSettings, Spelling, running_sandbox
from tests.end_to_end.test_main_job import loader_for
from tests.support.sandbox_calls import client, dps_offer
from tests.support.workbooks import Loader, Ran, results_of, write_offers

TOKEN = "canary9Token_Qx7-Vb3.Zk8-Lm4_Rt6"
SECRET = "p8e-canary9Secret_Hj5-Wd2_Ns7Yf1"
FORMS = [(form, spelling) for form in EchoForm for spelling in Spelling]


def spelt(secret: str) -> list[str]:
    """Every way in which the sandbox may spell a secret, and a few more."""
    return [
        secret[:-4],
        secret[4:],
        secret.lower()[:-4],
        "".join(f"%{byte:02X}" for byte in secret.encode())[:48],
        "".join(f"\\u{ord(letter):04x}" for letter in secret)[:60],
        base64.b64encode(secret.encode()).decode()[:-6],
    ]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(access_token=TOKEN, client_secret=SECRET)
    with running_sandbox(settings) as running:
        yield running


def with_token(sandbox: Sandbox, folder: Path) -> Loader:
    loader = loader_for(sandbox, folder, LOADER_ACCESS_TOKEN=TOKEN, LOADER_MAX_IN_FLIGHT="1")
    del loader.variables["LOADER_CLIENT_SECRET"]
    return loader


def assert_no_secret(folder: Path, *ran: Ran) -> None:
    """Look for the secrets in all that was written and printed."""
    texts = {f"output {at}": one.out + one.err for at, one in enumerate(ran)}
    for path in folder.rglob("*"):
        if path.is_file():
            texts[path.name] = path.read_bytes().decode("latin-1")
    assert len(texts) > len(ran)
    for where, text in texts.items():
        for secret in (TOKEN, SECRET):
            found = [form for form in spelt(secret) if form in text or form in text.lower()]
            assert not found, (where, text[max(0, text.find(found[0]) - 200) :][:400])


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_creates_that_repeat_the_token(tmp_path: Path, sandbox: Sandbox, status: int) -> None:
    loader = with_token(sandbox, tmp_path)
    write_offers(tmp_path / "offers.csv", [f"N{number}" for number in range(len(FORMS) + 1)])
    sandbox.set_faults(
        *(
            f"echo on=create status={status} form={form} spelling={spelling} skip={at} times=1"
            for at, (form, spelling) in enumerate(FORMS)
        )
    )

    ran = loader.run("load", "offers.csv", "--results", "results.csv", "--json")
    shown = loader.run("runs", "--json")
    run_id = shown.json["runs"][0]["summary"]["run_id"]
    if status == 500:  # too many in a row: the first run stopped itself
        loader.run("resume", run_id, "--results", "results.csv")
    more = [loader.run("runs", "show", run_id, "--json"), loader.run("verify", run_id, "--json")]
    xlsx = loader.run("results", run_id, "--results", "again.jsonl")

    assert len(results_of(tmp_path / "results.csv")) == len(FORMS) + 1
    assert sum(sandbox.counters()["struck"].values()) == len(FORMS)
    assert_no_secret(tmp_path, ran, shown, *more, xlsx)


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
def test_a_receipt_that_is_the_token_names_no_offer(
    tmp_path: Path, sandbox: Sandbox, dialect: str
) -> None:
    loader = loader_for(sandbox, tmp_path, api=dialect, LOADER_ACCESS_TOKEN=TOKEN)
    del loader.variables["LOADER_CLIENT_SECRET"]
    write_offers(tmp_path / "offers.csv", ["One", "Two"])
    sandbox.set_faults("echo on=create form=id times=2")

    ran = loader.run("load", "offers.csv", "--results", "results.csv")

    assert ran.code == 0, ran.err
    rows = results_of(tmp_path / "results.csv")
    assert {row["error_code"] for row in rows} == {"recovered"}
    assert len(sandbox.offers()) == 2
    assert_no_secret(tmp_path, ran)


@pytest.mark.parametrize("route", ["list", "create", "lookup"])
@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_whatever_call_is_answered_with_the_token(
    tmp_path: Path, sandbox: Sandbox, route: str, status: int
) -> None:
    loader = with_token(sandbox, tmp_path)
    write_offers(tmp_path / "offers.csv", ["One"])
    with client(sandbox) as http:
        http.post("/offers", params={"offer-type": "fallback"}, json=dps_offer("Before"))
    for form in ("json", "plain", "id", "field") if status == 200 else ("json", "html"):
        sandbox.set_faults(f"echo on={route} status={status} form={form} times=7")

        ran = [loader.run("load", "offers.csv", "--results", "results.csv")]
        ran += [loader.run("doctor", "--json"), loader.run("placements", "--json")]

        assert_no_secret(tmp_path, *ran)


@pytest.mark.parametrize("form", ["json", "html", "plain", "nearly-json"])
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_token_endpoint_that_repeats_the_secret(
    tmp_path: Path, sandbox: Sandbox, status: int, form: str
) -> None:
    loader = loader_for(sandbox, tmp_path)
    write_offers(tmp_path / "offers.csv", ["One"])
    for spelling in Spelling if status != 500 else ("raw",):
        sandbox.set_faults(f"echo on=token status={status} form={form} spelling={spelling}")

        doctor = loader.run("doctor", "--json")
        loaded = loader.run("load", "offers.csv")

        assert json.loads(doctor.out)["diagnoses"]
        assert doctor.code == 5 or (status == 200 and form == "json")
        assert_no_secret(tmp_path, doctor, loaded)
