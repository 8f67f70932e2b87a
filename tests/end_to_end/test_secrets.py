"""A canary: whatever goes wrong, no secret is in what the loader leaves behind or shows."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offer_sandbox import (
    EchoForm,
    Route,
    Sandbox,
    SandboxSettings,
    Spelling,
    running_sandbox,
)
from offer_sandbox.faults import Effect
from tests.support.fork_server import ForkServer
from tests.support.forked import Life
from tests.support.proxies import served
from tests.support.sandbox_calls import Offers, client
from tests.support.secret_hunt import SecretHunt
from tests.support.workbooks import (
    connection_variables,
    results_of,
    shared_fork_server,
    write_offers,
)

if TYPE_CHECKING:
    from tests.support.postgres import Server

SAMPLES = Path(__file__).parents[2] / "samples"
TOKEN = "canary9Token_Qx7-Vb3.Zk8-Lm4_Rt6"
SECRET = "p8e-canary9Secret_Hj5-Wd2_Ns7Yf1"
HOOK = "canary9Hook-Path-Tx71Ub38Wq"
SMTP = "canary9Smtp-Pass-Zk84Lm42Ga"
CLOUD = "canary9/aws+Secret/Ej57Od2Ns7"
PROXY = "canary9:Proxy@Pass/Bw63Kd19"
FORMS = [(form, spelling) for form in EchoForm for spelling in Spelling]
BARREN = {Effect.HANG_UNREAD, Effect.HANG_AFTER, Effect.ENDLESS}  # each costs a time-out


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A loader with all its secrets, and all that is seen of it."""

    sandbox: Sandbox
    loader: ForkServer
    folder: Path
    hunt: SecretHunt
    variables: dict[str, str]

    def run(
        self, *arguments: str, die_at: int = 0, forks_parsers: bool = True, **more: str
    ) -> Life:
        """Run a command, which may die at a point; keep what it says."""
        ran = self.loader.run(
            *arguments,
            folder=self.folder,
            variables={**self.variables, **more},
            mortal=die_at > 0,
            die_at=die_at,
            forks_parsers=forks_parsers,
        )
        self.hunt.add(" ".join(arguments), ran.out + ran.err)
        return ran

    def load(self, *names: str, **more: str) -> Life:
        """Load offers of these names to the end, as far as there is one."""
        write_offers(self.folder / "offers.csv", names)
        ran = self.run("load", "offers.csv", "--results", "results.csv", "--json", **more)
        for _ in range(6):
            if ran.code not in (5, 6):
                break
            ran = self.run("resume", "--results", "results.csv", "--json", **more)
        return ran

    def assert_nothing(self) -> None:
        """Look for secrets in all that was seen, and in all that was written."""
        self.hunt.add_folder(self.folder)
        self.hunt.assert_nothing()


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with running_sandbox(SandboxSettings(access_token=TOKEN, client_secret=SECRET)) as running:
        yield running


@pytest.fixture
def stage(tmp_path: Path, shared: Sandbox) -> Stage:
    shared.reset()
    variables = {
        **connection_variables(shared),
        "LOADER_MAX_PER_SECOND": "1000",
        "LOADER_MAX_IN_FLIGHT": "1",
        "LOADER_SETTLE_SECONDS": "0.1",
        "LOADER_REQUEST_TIMEOUT_SECONDS": "2",
        "LOADER_JOURNAL": str(tmp_path / "journal.sqlite3"),
        "LOADER_SMTP_PASSWORD": SMTP,
        "AWS_SECRET_ACCESS_KEY": CLOUD,
        "HOME": str(tmp_path),
    }
    return Stage(
        sandbox=shared,
        loader=shared_fork_server(),
        folder=tmp_path,
        hunt=SecretHunt(secrets=(TOKEN, SECRET, HOOK, SMTP, CLOUD, PROXY)),
        variables=variables,
    )


def with_token(stage: Stage) -> Stage:
    stage.variables["LOADER_ACCESS_TOKEN"] = TOKEN
    del stage.variables["LOADER_CLIENT_SECRET"]
    return stage


def every(*cases: object, but: int) -> list[object]:
    """Mark all cases as slow but every n-th: those are played in every run of the suite."""
    return [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=pytest.mark.slow)
        if at % but
        else one
        for at, one in enumerate(cases)
    ]


@pytest.mark.parametrize(
    "statuses",
    [
        (400, 409, 422, 500),
        *(pytest.param((one,), marks=pytest.mark.slow) for one in (400, 409, 422, 500)),
    ],
)
def test_creates_that_repeat_the_token(stage: Stage, statuses: tuple[int, ...]) -> None:
    with_token(stage)
    stage.sandbox.set_faults(
        *(
            f"echo on=create status={statuses[at % len(statuses)]} form={form}"
            f" spelling={spelling} skip={at} times=1"
            for at, (form, spelling) in enumerate(FORMS)
        )
    )

    stage.load(*(f"N{number}" for number in range(len(FORMS) + 1)))
    run_id = json.loads(stage.run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
    stage.run("runs", "show", run_id, "--json")
    stage.run("verify", run_id, "--json")
    stage.run("results", run_id, "--results", "again.xlsx")

    assert len(results_of(stage.folder / "results.csv")) == len(FORMS) + 1
    assert sum(stage.sandbox.counters()["struck"].values()) == len(FORMS)
    stage.assert_nothing()


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
def test_a_receipt_that_is_the_token_names_no_offer(stage: Stage, dialect: str) -> None:
    with_token(stage).variables.update(
        LOADER_API=dialect, LOADER_API_URL=stage.sandbox.api_url(dialect)
    )
    stage.sandbox.set_faults("echo on=create form=id times=2")

    ran = stage.load("One", "Two")

    assert ran.code == 0, ran.err
    rows = results_of(stage.folder / "results.csv")
    assert {row["error_code"] for row in rows} == {"recovered"}
    assert len(stage.sandbox.offers()) == 2
    stage.assert_nothing()


@pytest.mark.parametrize(
    ("route", "status"),
    every(
        *(
            (route, status)
            for status in (200, 401, 403, 404, 500)
            for route in ("list", "create", "lookup")
        ),
        but=4,
    ),
)
def test_whatever_call_is_answered_with_the_token(stage: Stage, route: str, status: int) -> None:
    with_token(stage)
    with client(stage.sandbox) as http:
        Offers(stage.sandbox, "dps", http).create("Before")
    for form in ("json", "plain", "id", "field") if status == 200 else ("json", "html"):
        stage.sandbox.set_faults(f"echo on={route} status={status} form={form} times=7")

        stage.run("load", str(write_offers(stage.folder / "offers.csv", ["One"])))
        stage.run("doctor", "--json")
        stage.run("placements", "--json")

    stage.assert_nothing()


@pytest.mark.parametrize(
    ("status", "form", "spelling"),
    every(
        *(
            (status, form, spelling)
            for form in ("json", "html", "plain", "nearly-json")
            for status in (200, 400, 401, 500)
            for spelling in (Spelling if status != 500 else (Spelling.RAW,))
        ),
        but=7,
    ),
)
def test_a_token_endpoint_that_repeats_the_secret(
    stage: Stage, status: int, form: str, spelling: str
) -> None:
    stage.sandbox.set_faults(f"echo on=token status={status} form={form} spelling={spelling}")

    doctor = stage.run("doctor", "--json")
    stage.run("load", str(write_offers(stage.folder / "offers.csv", ["One"])))

    assert json.loads(doctor.out)["diagnoses"]
    assert doctor.code == 5 or (status == 200 and form == "json")
    stage.assert_nothing()


@pytest.mark.parametrize("form", ["field", "texts"])
@pytest.mark.parametrize("dialect", ["dps", "xcore"])
def test_lists_that_repeat_the_token(stage: Stage, dialect: str, form: str) -> None:
    with_token(stage).variables.update(
        LOADER_API=dialect, LOADER_API_URL=stage.sandbox.api_url(dialect)
    )
    stage.load("One", "Two")
    stage.run("pull", "kept.csv")
    run_id = json.loads(stage.run("runs", "--json").out)["runs"][0]["summary"]["run_id"]
    stage.sandbox.set_faults(f"echo on=list form={form}")

    pulls = [stage.run("pull", path) for path in ("again.csv", "again.xlsx")]
    plan = stage.run("plan", "kept.csv")
    apply = stage.run("apply", "kept.csv", "--yes")
    stage.run("verify", run_id)
    stage.run("placements", "--format", "json")
    stage.run("load", str(write_offers(stage.folder / "more.csv", ["Three"])))

    for refused in (*pulls, plan, apply):
        assert refused.code == 5, refused.out
        assert "[secret-repeated]" in refused.err
        ids = [offer[key] for offer in stage.sandbox.offers() for key in ("id", "instance_id")]
        assert any(one in refused.err for one in ids)
    assert not [*stage.folder.glob("again.*")]
    assert "(hidden)" not in str(stage.sandbox.offers())
    stage.assert_nothing()


def test_an_offer_whose_name_repeats_the_token_is_not_named(stage: Stage) -> None:
    """A look-up that finds the contents of a row under a name that no row has."""
    with_token(stage)
    stage.sandbox.set_faults("reset-after on=create times=1", "echo on=list form=field")

    ran = stage.load("One")

    assert ran.code == 6, ran.out + ran.err
    assert len(stage.sandbox.offers()) == 1
    stage.assert_nothing()


def test_an_offer_may_hold_the_word_that_is_a_short_password(stage: Stage) -> None:
    stage.load("Summer sale")

    pull = stage.run("pull", "kept.csv", PGPASSWORD="Summer")

    assert pull.code == 0, pull.err
    assert "Summer sale" in (stage.folder / "kept.csv").read_text()


def test_every_failure_of_every_call(stage: Stage) -> None:
    """Each effect once on a create; then some on the look-ups and the deletes of the undo."""
    effects = [one for one in Effect if one not in BARREN and one is not Effect.ECHO]
    stage.sandbox.set_faults(
        *(f"{one} on=create skip={at} times=1 seconds=0.1" for at, one in enumerate(effects)),
        *(f"{one} on=list skip={2 + at} times=1 seconds=0.1" for at, one in enumerate(effects)),
    )
    stage.load(*(f"N{number}" for number in range(len(effects) + 1)))
    stage.sandbox.set_faults(
        *(f"{one} on=lookup skip={2 * at} times=1 seconds=0.1" for at, one in enumerate(effects)),
        *(f"{one} on=delete skip={2 * at} times=1 seconds=0.1" for at, one in enumerate(effects)),
    )
    for run in json.loads(stage.run("runs", "--json").out)["runs"]:
        stage.run("undo", run["summary"]["run_id"], "--yes", "--json")

    assert len(stage.sandbox.counters()["struck"]) > len(effects) // 2
    stage.assert_nothing()


@pytest.mark.parametrize("effect", [pytest.param(e, marks=pytest.mark.slow) for e in Effect])
@pytest.mark.parametrize("route", [pytest.param(r, marks=pytest.mark.slow) for r in Route])
def test_a_call_that_fails_each_time(stage: Stage, effect: Effect, route: Route) -> None:
    stage.sandbox.set_faults(f"{effect} on={route} seconds=0.1")
    stage.run("doctor", "--json")
    stage.run("load", str(write_offers(stage.folder / "offers.csv", ["One", "Two"])))
    stage.sandbox.set_faults()
    ran = stage.load("One", "Two")
    stage.sandbox.set_faults(f"{effect} on={route} seconds=0.1 times=3")
    for run in json.loads(stage.run("runs", "--json").out)["runs"]:
        stage.run("undo", run["summary"]["run_id"], "--yes", "--json")

    assert ran.code in (0, 1, 6), ran.err
    stage.assert_nothing()


@pytest.mark.parametrize("death", every(*range(1, 40), but=19))
def test_a_loader_that_dies_leaves_no_secret(stage: Stage, death: int) -> None:
    with_token(stage)
    stage.sandbox.set_faults("echo on=create status=422 times=1", "echo on=create form=id skip=1")
    write_offers(stage.folder / "offers.csv", ["One", "Two", "Three"])

    stage.run("load", "offers.csv", "--results", "results.csv", die_at=death)
    stage.hunt.add_folder(stage.folder)  # as it is while nobody has tidied up
    stage.load("One", "Two", "Three")

    stage.assert_nothing()


def test_what_is_started_knows_no_secret(stage: Stage) -> None:
    """Files are read in processes of their own: what those are given shows in their environment."""
    shutil.copy(SAMPLES / "offers.xlsx", stage.folder)
    with stage.hunt.watching(stage.loader.pid):
        ran = stage.run("check", "offers.xlsx", "--no-annotate", forks_parsers=False)
        load = ("load", "offers.xlsx", "--results", "results.xlsx")
        stage.run(*load, forks_parsers=False, LOADER_ACCESS_TOKEN=TOKEN)

    assert ran.code == 0, ran.err
    assert any("environ" in where for where in stage.hunt.texts)
    stage.assert_nothing()


def test_whoever_is_notified_is_told_no_secret(stage: Stage) -> None:
    """The webhook repeats its own address, and the mail server is not there."""
    seen: list[bytes] = []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65_536))
        said = seen[-1].split(b" ")[1] + SMTP.encode()
        status = HTTPStatus.BAD_REQUEST if len(seen) == 1 else HTTPStatus.OK
        head = f"HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {len(said)}\r\n\r\n"
        writer.write(head.encode() + said)
        await writer.drain()
        writer.close()

    inbox = stage.folder / "inbox"
    inbox.mkdir()
    (stage.folder / "loader.toml").write_text(
        '[inbox]\ntaken_when = "renamed"\n[notify.webhook]\nshape = "json"\n'
        f'[metrics]\ntextfile = "{stage.folder}/loader.prom"\n[log]\nform = "json"\n'
    )
    stage.sandbox.set_faults("echo on=create status=422 times=1", "reset-after on=create skip=1")
    write_offers(inbox / "offers.csv", ["One", "Two"])
    with served(hook) as port:
        told = {"LOADER_WEBHOOK_URL": f"http://127.0.0.1:{port}/{HOOK}"}
        tried = stage.run("inbox", "test-notify", "--config", "loader.toml", **told)
        watched = stage.run("watch", "inbox", "--once", "--config", "loader.toml", **told)

    assert tried.code != 0
    assert watched.code in (0, 1), watched.err
    assert len(seen) >= 2
    for number, message in enumerate(seen):  # the address is where it must be: in the first line
        stage.hunt.add(f"message {number}", message.partition(b"\r\n")[2].decode())
    assert (stage.folder / "loader.prom").exists()
    stage.assert_nothing()


def test_a_proxy_that_repeats_its_password(stage: Stage) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read(65_536)
        said = asked + PROXY.encode()
        head = f"HTTP/1.1 407 No\r\nConnection: close\r\nContent-Length: {len(said)}\r\n\r\n"
        writer.write(head.encode() + said)
        await writer.drain()
        writer.close()

    write_offers(stage.folder / "offers.csv", ["One"])
    with served(refuse) as port:
        through = {
            "LOADER_PROXY": f"http://127.0.0.1:{port}",
            "LOADER_PROXY_USER": "loader",
            "LOADER_PROXY_PASSWORD": PROXY,
        }
        ran = stage.run("load", "offers.csv", **through)
        doctor = stage.run("doctor", "--json", **through)

    assert (ran.code, doctor.code) == (5, 5), ran.err
    assert "407" in ran.out + ran.err
    stage.assert_nothing()


def test_the_password_of_the_database_is_never_shown(stage: Stage, postgres: "Server") -> None:
    from tests.support.postgres import PASSWORD, USER  # noqa: PLC0415 - with `postgres` only

    stage = replace(stage, hunt=SecretHunt(secrets=(TOKEN, SECRET, PASSWORD)))
    with postgres.database() as database:
        there = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{postgres.port}/{database}"
        ways = (
            {"LOADER_JOURNAL": there},
            {
                "LOADER_JOURNAL": there.replace(f":{PASSWORD}", ""),
                "LOADER_JOURNAL_PASSWORD": PASSWORD,
            },
            {"LOADER_JOURNAL": there.replace(f":{PASSWORD}", ""), "PGPASSWORD": PASSWORD},
        )
        assert stage.load("One", **ways[0]).code == 0
        assert "postgresql://" in stage.run("doctor", **ways[0]).out
        for way in ways:
            assert stage.run("runs", **way).code == 0
    gone = {"LOADER_JOURNAL": f"postgresql://{USER}:{PASSWORD}@127.0.0.1:1/journals"}
    for command in (("runs",), ("doctor",), ("load", "offers.csv")):
        assert stage.run(*command, **gone).code in (4, 5)
    broken = {"LOADER_JOURNAL": f"postgresql://{USER}:{PASSWORD}@[::1/journals"}
    assert stage.run("runs", **broken).code == 2
    said = stage.loader.run(
        "runs", "--journal", there, folder=stage.folder, variables=stage.variables, mortal=False
    )
    stage.hunt.add("runs --journal", said.out + said.err)
    assert said.code == 2
    stage.assert_nothing()
