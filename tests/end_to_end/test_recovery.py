"""What a person does when something went wrong: every way out of doubt, and back."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.sandbox_calls import client, dps_offer
from tests.support.workbooks import Loader, loader_for, results_of, write_offers

FALLBACK = {"offer-type": "fallback"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def load(loader: Loader, *more: str, names: tuple[str, ...] = ("One", "Two", "Three")):
    """Load a small file; give how it ended and its rows by name."""
    if not (loader.folder / "offers.csv").exists():
        write_offers(loader.folder / "offers.csv", names)
    ran = loader.run("load", "offers.csv", "--results", "results.csv", *more)
    rows = {row["name"]: row for row in results_of(loader.folder / "results.csv")}
    return ran, rows


@pytest.mark.parametrize(
    "fault",
    [
        "reset-after",
        "status-after status=502",
        "status-after status=400 body=page",
        "no-receipt",
        "cut-short",
        "garbage",
    ],
)
def test_a_lost_reply_is_found_and_marked(tmp_path: Path, sandbox: Sandbox, fault: str) -> None:
    sandbox.set_faults(f"{fault} on=create times=1 skip=1")

    ran, rows = load(loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1"))

    assert ran.code == 0, ran.err
    assert {row["status"] for row in rows.values()} == {"created"}
    assert rows["Two"]["error_code"] == "recovered"
    assert "found on the server" in rows["Two"]["error"]
    assert len(sandbox.offers()) == 3


@pytest.mark.parametrize("fault", ["reset-before", "status-before status=400 body=page"])
def test_what_is_proven_absent_is_sent_again_once(
    tmp_path: Path, sandbox: Sandbox, fault: str
) -> None:
    sandbox.set_faults(f"{fault} on=create times=1")

    ran, rows = load(loader_for(sandbox, tmp_path))

    assert ran.code == 0
    assert len(sandbox.offers()) == 3
    assert sorted(row["attempts"] for row in rows.values()) == ["1", "1", "2"]


def test_hold_never_sends_again_and_a_person_decides(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.set_faults("reset-before on=create times=1 skip=2")
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")

    ran, rows = load(loader, "--on-absent", "hold")
    run_id = loader.newest_run()
    resolved = loader.run("resolve", run_id, "4", "--absent")
    resumed = loader.run("resume", run_id, "--results", "results.csv")

    assert ran.code == 6
    assert rows["Three"]["status"] == "unknown"
    assert "loader resolve" in rows["Three"]["error"]
    assert resolved.code == 0, resolved.err
    assert resumed.code == 0
    assert len(sandbox.offers()) == 3


def test_several_candidates_stay_unknown_until_a_person_names_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Somebody else creates an equal offer between our request and our look: two are there."""
    sandbox.set_faults("reset-after on=create times=1 skip=2", "list-lag-seconds=0")
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1", LOADER_SETTLE_SECONDS="3")
    write_offers(tmp_path / "offers.csv", ["One", "Two", "Three"])
    process = loader.start("load", "offers.csv", "--results", "results.csv")
    while not any(offer["name"] == "Three" for offer in sandbox.offers()):
        time.sleep(0.05)
    (three,) = [offer for offer in sandbox.offers() if offer["name"] == "Three"]
    with client(sandbox) as http:
        http.post("/offers", params=FALLBACK, json=three["body"])
    process.communicate(timeout=60)

    rows = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
    assert process.returncode == 6
    assert rows["Three"]["status"] == "unknown"
    assert three["id"] in rows["Three"]["error"]
    run_id = loader.newest_run()
    shown = loader.run("runs", "show", run_id)
    assert "row 4" in shown.out
    wrong = loader.run("resolve", run_id, "4", "--created", rows["One"]["instanceId"])
    assert (wrong.code, "another row, 'One'" in wrong.err) == (2, True), wrong.err
    resolved = loader.run("resolve", run_id, "4", "--created", three["id"])
    assert resolved.code == 0, resolved.err
    loader.run("results", run_id, "--results", "results.csv")
    rows = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
    assert rows["Three"]["status"] == "created"
    assert rows["Three"]["instanceId"] == three["id"]
    assert len(sandbox.offers()) == 4  # three of ours, one of theirs: none of it touched


def test_reconcile_looks_and_sends_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.set_faults("hang-after on=create times=1")
    loader = loader_for(sandbox, tmp_path, LOADER_REQUEST_TIMEOUT_SECONDS="30")
    write_offers(tmp_path / "offers.csv", ["One"])
    process = loader.start("load", "offers.csv")
    while not sandbox.offers():
        time.sleep(0.02)
    process.kill()
    process.communicate()
    before = sandbox.counters()["requests"]["create"]

    ran = loader.run("reconcile", "--results", "results.csv")

    assert ran.code == 0, ran.err
    assert "1 row without a reply found on the server" in ran.out
    assert sandbox.counters()["requests"]["create"] == before
    (row,) = results_of(tmp_path / "results.csv")
    assert (row["status"], row["instanceId"]) == ("created", sandbox.offers()[0]["id"])


@pytest.mark.parametrize(
    ("choice", "code", "status", "there"),
    [("error", 1, "failed", 2), ("skip", 0, "duplicate", 2), ("duplicate", 0, "created", 3)],
)
def test_a_name_that_stands_there_already(
    tmp_path: Path, sandbox: Sandbox, choice: str, code: int, status: str, there: int
) -> None:
    with client(sandbox) as http:
        http.post("/offers", params=FALLBACK, json=dps_offer("One"))
    before = sandbox.counters()["requests"].get("list", 0)

    ran, rows = load(loader_for(sandbox, tmp_path), "--on-existing", choice, names=("One", "Two"))

    assert ran.code == code
    assert rows["One"]["status"] == status
    assert rows["Two"]["status"] == "created"
    assert len(sandbox.offers()) == there
    assert sandbox.counters()["requests"]["list"] == before + 1  # one listing, not one per row


def test_an_old_offer_of_the_name_is_not_taken_for_a_lost_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One"])
    loader = loader_for(sandbox, tmp_path)
    loader.run("load", str(source), "--dry-run", "--results", "dry.jsonl")
    import json  # noqa: PLC0415

    body = json.loads((tmp_path / "dry.jsonl").read_text("utf-8"))["payload"]
    with client(sandbox) as http:
        old = http.post("/offers", params=FALLBACK, json=body).json()["id"]
    sandbox.set_faults("reset-after on=create times=1")

    ran, rows = load(loader, "--on-existing", "duplicate")

    assert ran.code == 0
    assert rows["One"]["status"] == "created"
    assert rows["One"]["instanceId"] != old
    assert len(sandbox.offers()) == 2


def test_undo_keeps_what_someone_edited_and_can_be_repeated(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path)
    load(loader)
    run_id = loader.newest_run()
    edited = next(offer for offer in sandbox.offers() if offer["name"] == "Two")
    with client(sandbox) as http:
        change = [{"op": "add", "path": "/description", "value": "mine now"}]
        http.patch(f"/offers/{edited['id']}", params=FALLBACK, json=change)
    sandbox.set_faults("reset-after on=delete times=1")

    first = loader.run("undo", run_id, "--yes")
    second = loader.run("undo", run_id, "--yes")

    assert (first.code, second.code) == (1, 1)
    assert "edited" in first.out
    assert "edited" in second.out
    assert [offer["id"] for offer in sandbox.offers()] == [edited["id"]]


def test_verify_names_what_is_missing_different_and_twice(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path)
    load(loader)
    run_id = loader.newest_run()
    held = {offer["name"]: offer for offer in sandbox.offers()}
    with client(sandbox) as http:
        http.delete(f"/offers/{held['One']['id']}", params=FALLBACK)
        change = [{"op": "replace", "path": "/status", "value": "archived"}]
        http.patch(f"/offers/{held['Two']['id']}", params=FALLBACK, json=change)
        http.post("/offers", params=FALLBACK, json=held["Three"]["body"])

    ran = loader.run("verify", run_id, "--json")
    shown = loader.run("verify", run_id)

    assert ran.code == shown.code == 1
    for words in ("not there any more", "changed since", "there twice", 'status: sent "approved"'):
        assert words in shown.out
    report = ran.json
    assert (report["missing"], report["different"], report["twice"]) == (1, 1, 1)


def test_verify_of_unknown_rows_does_not_say_that_all_is_well(tmp_path: Path) -> None:
    with running_sandbox(SandboxSettings(names_kept="cut")) as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        sandbox.set_faults("reset-after on=create times=1")
        ran, _ = load(loader, names=("A name that is longer than " + "most " * 10,))
        run_id = loader.newest_run()
        verified = loader.run("verify", run_id)

    assert ran.code == 6, ran.out
    assert verified.code == 6, verified.out
    assert "some of its rows are unknown" in verified.out


def test_an_api_that_is_down_stops_the_run_and_fails_no_row(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.1")
    names = tuple(f"Offer {number}" for number in range(200))
    sandbox.set_faults("status-before status=503 on=create skip=50")

    ran, rows = load(loader, names=names)
    created = len(sandbox.offers())
    sandbox.set_faults()
    again, after = load(loader)

    assert ran.code == 5
    assert "loader resume" in ran.out
    assert not [row for row in rows.values() if row["status"] == "failed"]
    assert created < 200
    assert again.code == 0, again.out
    assert {row["status"] for row in after.values()} == {"created"}
    assert len(sandbox.offers()) == 200


def test_a_server_that_asks_for_hours_ends_the_run_instead_of_hanging_it(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.set_faults(
        "status-before status=429 retry-after=seconds retry-seconds=7200 on=create skip=2"
    )

    ran, rows = load(loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1"))

    assert ran.code == 5
    assert "2 hours" in ran.out
    assert "loader resume" in ran.out
    assert rows["Three"]["status"] == "pending"
    assert len(sandbox.offers()) == 2


def test_a_row_that_was_not_taken_can_be_corrected_and_loaded_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
    sandbox.set_faults(
        "status-before status=429 retry-after=seconds retry-seconds=7200 on=create times=1"
    )
    stopped, before = load(loader, names=("One",))
    write_offers(tmp_path / "offers.csv", ["One"], content="<p>Corrected</p>")

    again, after = load(loader)

    assert (stopped.code, before["One"]["status"], before["One"]["attempts"]) == (5, "pending", "1")
    assert (again.code, after["One"]["status"]) == (0, "created"), again.out
    (offer,) = sandbox.offers()
    assert "Corrected" in str(offer["body"])


@pytest.mark.parametrize("form", ["text", "plain"])
def test_an_api_that_cannot_even_be_read_leaves_results_and_the_way_on(
    tmp_path: Path, sandbox: Sandbox, form: str
) -> None:
    sandbox.set_faults("status-before status=403 on=list")
    loader = loader_for(sandbox, tmp_path, LOADER_PLACEMENTS="ids-only")

    ran, rows = load(loader, "--format", form)
    sandbox.set_faults()
    resumed = loader.run("resume", "--results", "resumed.csv")

    assert ran.code == 5
    assert "stopped: " in (ran.out if form == "text" else ran.err)
    assert "403" in ran.out + ran.err
    assert {row["status"] for row in rows.values()} == {"pending"}
    assert resumed.code == 0
    assert len(sandbox.offers()) == 3


def test_a_token_that_expires_in_mid_run_is_renewed_once_for_all(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.set_faults("expire-tokens on=create times=1 skip=20")

    ran, _ = load(loader_for(sandbox, tmp_path), names=tuple(f"N{n}" for n in range(60)))

    assert ran.code == 0
    assert len(sandbox.offers()) == 60
    assert sandbox.counters()["requests"]["token"] == 2


def test_the_hard_rate_is_never_exceeded_and_a_slower_server_is_obeyed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.set_faults("max-per-second=30")
    loader = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="40")

    ran, _ = load(loader, names=tuple(f"N{n}" for n in range(120)))

    assert ran.code == 0
    assert len(sandbox.offers()) == 120
    assert sandbox.counters()["most_creates_in_a_second"] <= 40


def test_a_second_interrupt_ends_at_once_and_is_as_safe_as_a_kill(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.set_faults("hang-after on=create times=1")
    loader = loader_for(sandbox, tmp_path, LOADER_REQUEST_TIMEOUT_SECONDS="60")
    write_offers(tmp_path / "offers.csv", ["One", "Two"])
    process = loader.start("load", "offers.csv")
    while not sandbox.offers():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)

    assert process.returncode == 130
    again, rows = load(loader_for(sandbox, tmp_path))
    assert again.code == 0
    assert len(sandbox.offers()) == 2
    assert {row["status"] for row in rows.values()} == {"created"}


@pytest.mark.parametrize("on_lookup", [False, True], ids=["baseline", "look-up"])
def test_a_stop_is_heard_while_a_list_is_asked_for_again_and_again(
    tmp_path: Path, sandbox: Sandbox, *, on_lookup: bool
) -> None:
    loader = loader_for(
        sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.1", LOADER_PLACEMENTS="ids-only"
    )
    write_offers(tmp_path / "offers.csv", ["One", "Two"])
    down = f"status-before status=503 on=list skip={int(on_lookup)}"
    sandbox.set_faults("reset-after on=create times=1", down)
    process = loader.start("load", "offers.csv", "--results", "results.csv")
    while sandbox.counters()["requests"].get("list", 0) < 3 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 130, err
    assert "loader resume" in out
    assert len(sandbox.offers()) == (2 if on_lookup else 0)
    sandbox.set_faults()
    again, rows = load(loader, names=("One", "Two"))
    assert again.code == 0
    assert len(sandbox.offers()) == 2
    assert {row["status"] for row in rows.values()} == {"created"}


def test_a_changed_source_is_said_and_handled_row_by_row(tmp_path: Path, sandbox: Sandbox) -> None:
    loader = loader_for(sandbox, tmp_path)
    load(loader)
    write_offers(tmp_path / "offers.csv", ["One", "Three", "Four"])

    ran, rows = load(loader)

    assert "the file has changed since run" in ran.out
    assert "or that was a file of this name in another folder" in " ".join(ran.out.split())
    assert {name: row["status"] for name, row in rows.items()} == {
        "One": "duplicate",
        "Three": "duplicate",
        "Four": "created",
    }
    assert len(sandbox.offers()) == 4


def test_the_external_id_travels_as_an_attribute_where_allowed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    (tmp_path / "offers.csv").write_text(
        "name,placement,type,content,external_id\n"
        "Same,dps:offer-placement:1a24dc4342f2e21e,html,<p>x</p>,SKU-1\n"
        "Same,dps:offer-placement:1a24dc4342f2e21e,html,<p>x</p>,SKU-2\n",
        "utf-8",
    )
    sandbox.set_faults("reset-after on=create times=2")

    ran, _ = load(loader_for(sandbox, tmp_path, LOADER_EXTERNAL_ID_ATTRIBUTE="loaderKey"))

    assert ran.code == 0, ran.out
    assert sorted(o["body"]["characteristics"]["loaderKey"] for o in sandbox.offers()) == [
        "SKU-1",
        "SKU-2",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_full_disk_stops_before_the_next_send_and_loses_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    names = [f"Offer {number}" for number in range(300)]
    write_offers(tmp_path / "offers.csv", names)
    loader = loader_for(sandbox, tmp_path)

    ran = loader.start(
        *("load", "offers.csv", "--results", "results.csv"), limits={"RLIMIT_FSIZE": 400_000}
    ).life()

    assert ran.code == 4, ran.out + ran.err
    assert "Traceback" not in ran.err
    assert "disk" in ran.err
    again, rows = load(loader)
    assert again.code == 0, again.err
    assert sorted(offer["name"] for offer in sandbox.offers()) == sorted(names)
    assert len(rows) == 300


def test_no_secret_is_in_anything_that_was_written(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.set_faults(
        "status-before status=500 on=create times=2", "refuse-token on=create skip=5"
    )
    loader = loader_for(sandbox, tmp_path)

    ran, _ = load(loader, names=tuple(f"N{n}" for n in range(20)))

    written = b"".join(
        Path(folder, name).read_bytes() for folder, _, names in os.walk(tmp_path) for name in names
    )
    everything = written + (ran.out + ran.err).encode()
    assert sandbox.client_secret.encode() not in everything
    assert b"eyJhbGciOi" not in everything


def test_a_clash_with_a_row_that_an_earlier_process_sent_may_be_with_itself(
    tmp_path: Path,
) -> None:
    with running_sandbox(SandboxSettings(unique_names=True)) as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
        _, rows = load(loader, "--on-absent", "hold", names=("One",))
        assert rows["One"]["status"] == "unknown"
        run_id = loader.newest_run()
        assert loader.run("resolve", run_id, "2", "--absent").code == 0

        loader.run("resume", run_id, "--results", "results.csv")

        (row,) = results_of(tmp_path / "results.csv")
        assert row["status"] == "unknown", row
        assert "its own offer" in row["error"]


def test_a_refused_delete_is_looked_up_where_an_earlier_process_sent_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
    load(loader, names=("One",))
    run_id = loader.newest_run()
    sandbox.set_faults("hang-unread on=delete seconds=60")
    process = loader.start("undo", run_id, "--yes")
    deadline = time.monotonic() + 60
    while not sandbox.counters()["requests"].get("delete") and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    sandbox.set_faults("status-before status=422 on=delete times=1")

    again = loader.run("undo", run_id, "--yes")

    assert again.code == 0, again.out
    assert "1 deleted" in again.out
    assert sandbox.offers() == []


def test_what_stood_there_before_is_not_taken_for_ours_by_a_later_process(tmp_path: Path) -> None:
    """The later process sends nothing, so it knows what stood there by the journal alone."""
    source = write_offers(tmp_path / "offers.csv", ["One"])
    with running_sandbox() as sandbox:
        (tmp_path / "other").mkdir()
        other = loader_for(sandbox, tmp_path / "other")
        assert other.run("load", str(source), "--yes").code == 0
        loader = loader_for(sandbox, tmp_path, LOADER_ON_EXISTING="duplicate")
        sandbox.set_faults("reset-before on=create")
        sent = loader.run("load", str(source), "--on-absent", "hold", "--results", "results.csv")
        sandbox.set_faults()

        ran = loader.run("reconcile", "--on-absent", "hold", "--results", "results.csv")

    (row,) = results_of(tmp_path / "results.csv")
    assert (sent.code, ran.code) == (6, 6)
    assert (row["status"], row["instanceId"]) == ("unknown", "")


def test_a_list_that_does_not_show_what_this_run_created_proves_no_absence(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        sandbox.set_faults("reset-after on=create times=1 skip=1", "list-lag-seconds=3600")
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")

        ran = loader.run("load", str(source), "--yes", "--results", "results.csv")

        offers = [offer["name"] for offer in sandbox.offers()]
    rows = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
    assert (ran.code, offers) == (6, ["One", "Two"])
    assert [rows[name]["status"] for name in ("One", "Two")] == ["created", "unknown"]
    assert "does not prove that something is absent" in rows["Two"]["error"]
