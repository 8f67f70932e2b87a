"""The main job, as a user does it: processes, files, sockets; both dialects."""

import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.workbooks import PLACEMENT, SAMPLES, Loader, loader_for, results_of, write_offers


@pytest.mark.parametrize("api", ["dps", "xcore"])
def test_each_row_of_the_good_sample_is_created_once_with_its_ids(tmp_path: Path, api: str) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, api=api)

        ran = loader.run("load", str(SAMPLES / "offers.xlsx"), "--results", "results.csv", "--yes")

        assert ran.code == 0, ran.err
        rows = results_of(tmp_path / "results.csv")
        offers = sandbox.offers()
        assert len(rows) == len(offers) == 25
        assert {row["status"] for row in rows} == {"created"}
        assert all(row["instanceId"] and row["@id"] for row in rows)
        assert sorted(row["name"] for row in rows) == sorted(offer["name"] for offer in offers)


def test_every_request_has_an_id_of_its_own_that_the_results_name(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two", "Three"])
    with running_sandbox(SandboxSettings(unique_request_ids=True)) as sandbox:
        sandbox.set_faults("expire-tokens on=create times=1", "status-before status=500 on=create")
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="1")
        ran = loader.run("load", str(source), "--results", "results.csv", "--on-absent", "hold")

    ids = [row["request_id"] for row in results_of(tmp_path / "results.csv")]
    assert "used before" not in ran.out + ran.err
    assert len({*ids}) == 3
    assert all(re.fullmatch(r"[0-9a-f-]{36}", each) for each in ids)


def test_loading_twice_creates_nothing_and_says_so(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two", "Three"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        loader.run("load", str(source), "--results", "first.csv")

        again = loader.run("load", str(source), "--results", "second.csv")

        assert again.code == 0, again.err
        assert "3 duplicate" in again.out
        assert len(sandbox.offers()) == 3
    first, second = results_of(tmp_path / "first.csv"), results_of(tmp_path / "second.csv")
    assert [row["instanceId"] for row in first] == [row["instanceId"] for row in second]
    assert {row["status"] for row in second} == {"duplicate"}


def test_a_changed_row_names_the_offer_that_was_created_and_the_way_to_change_it(
    tmp_path: Path,
) -> None:
    loader = Loader(folder=tmp_path)
    (tmp_path / "offers.csv").write_text(
        f"name,placement,type,content,external_id\nOne,{PLACEMENT},html,a,\n"
    )
    loader.run("load", "offers.csv", "--sandbox", "--results", "first.csv")
    (tmp_path / "offers.csv").write_text(
        f"name,placement,type,content,external_id\nOne,{PLACEMENT},html,b,\n"
    )

    ran = loader.run("load", "offers.csv", "--sandbox", "--results", "second.csv")

    (first,), (second,) = results_of(tmp_path / "first.csv"), results_of(tmp_path / "second.csv")
    assert ran.code == 1
    assert second["error"].startswith("A2: the offer was created already, with other contents")
    assert first["instanceId"] in second["error"]
    assert "loader pull" in second["suggestion"]
    assert first["instanceId"]


def test_mistakes_are_reported_with_their_cells_and_the_rest_is_loaded(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)

        ran = loader.run("load", str(SAMPLES / "mistakes.xlsx"), "--results", "results.csv")

        rows = results_of(tmp_path / "results.csv")
        created = [row for row in rows if row["status"] == "created"]
        invalid = [row for row in rows if row["status"] == "invalid"]
        assert ran.code == 1
        assert created
        assert invalid
        assert len(created) + len(invalid) == len(rows)
        assert len(sandbox.offers()) == len(created)
        assert all(row["error_code"] and row["error"] for row in invalid)


def test_a_kill_in_the_middle_and_the_same_command_again_create_every_row_once(
    tmp_path: Path,
) -> None:
    names = [f"Offer {number}" for number in range(120)]
    source = write_offers(tmp_path / "offers.csv", names)
    with running_sandbox() as sandbox:
        sandbox.set_faults("hang-unread on=create skip=30 seconds=60")
        loader = loader_for(sandbox, tmp_path)
        process = loader.start("load", str(source), "--results", "results.csv")
        deadline = time.monotonic() + 60
        while len(sandbox.offers()) < 30 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        assert len(sandbox.offers()) == 30
        sandbox.set_faults("")

        again = loader.run("load", str(source), "--results", "results.csv")

        assert again.code == 0, again.err + again.out
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)
    rows = results_of(tmp_path / "results.csv")
    assert [row["status"] for row in rows] == ["created"] * 120


def test_ctrl_c_finishes_what_is_in_flight_and_says_how_to_resume(tmp_path: Path) -> None:
    names = [f"Offer {number}" for number in range(200)]
    source = write_offers(tmp_path / "offers.csv", names)
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="40")
        process = loader.start("load", str(source), "--results", "results.csv")
        deadline = time.monotonic() + 60
        while len(sandbox.offers()) < 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

        assert process.returncode == 130, err
        assert "loader resume" in out
        rows = results_of(tmp_path / "results.csv")
        assert Counter(row["status"] for row in rows)["created"] == len(sandbox.offers()) < 200

        resumed = loader_for(sandbox, tmp_path).run("resume", "--results", "results.csv")

        assert resumed.code == 0, resumed.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)


def test_a_dry_run_sends_nothing_and_shows_the_payloads(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)

        ran = loader.run("load", str(source), "--dry-run", "--results", "dry.csv")
        loaded = loader.run("load", str(source), "--results", "real.csv")

        assert ran.code == 0, ran.err
        rows = results_of(tmp_path / "dry.csv")
        assert [row["instanceId"] for row in rows] == ["", ""]
        assert all('"name"' in row["payload"] for row in rows)
        assert loaded.code == 0
        assert len(sandbox.offers()) == 2


def test_undo_deletes_what_the_run_created_and_the_file_can_be_loaded_again(
    tmp_path: Path,
) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        run_id = str(loader.run("load", str(source), "--json").json["summary"]["run_id"])
        assert loader.run("verify", run_id).code == 0

        undone = loader.run("undo", run_id, "--yes")

        assert undone.code == 0, undone.err
        assert sandbox.offers() == []
        assert loader.run("load", str(source)).code == 0
        assert len(sandbox.offers()) == 2


def test_a_name_that_stands_on_the_server_is_not_taken_for_ours(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    with running_sandbox() as sandbox:
        (tmp_path / "elsewhere").mkdir()
        loader_for(sandbox, tmp_path / "elsewhere").run(
            "load", str(write_offers(tmp_path / "other.csv", ["One"]))
        )
        loader = loader_for(sandbox, tmp_path)

        refused = loader.run("load", str(source), "--results", "results.csv")

        assert refused.code == 1
        rows = {row["name"]: row for row in results_of(tmp_path / "results.csv")}
        assert rows["One"]["error_code"] == "already-exists"
        assert rows["Two"]["status"] == "created"
        assert len(sandbox.offers()) == 2


def test_wrong_credentials_send_nothing_and_say_so(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_CLIENT_SECRET="wrong-secret-value")

        ran = loader.run("load", str(source))

        assert ran.code == 5
        assert "wrong-secret-value" not in ran.out + ran.err
        assert sandbox.offers() == []


def test_the_embedded_sandbox_needs_no_settings_and_remembers(tmp_path: Path) -> None:
    source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
    loader = Loader(folder=tmp_path)

    first = loader.run("load", str(source), "--sandbox")
    second = loader.run("load", str(source), "--sandbox")

    assert first.code == 0, first.err
    assert "2 created" in first.out
    assert second.code == 0
    assert "2 duplicate" in second.out
    assert (tmp_path / "offers.results.xlsx").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"name,placement,type,content\n", "no row"),
        (b"nam,placement,typ,content\nA,B,html,C\n", "did you mean name"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "offers.csv").write_bytes(content)

    ran = Loader(folder=tmp_path).run("check", "offers.csv")

    assert ran.code == 2
    assert said in ran.err


def test_a_rehearsal_leaves_nothing_beside_a_file_that_is_no_journal(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["One"])
    (tmp_path / "other.db").write_bytes(b"somebody else's")
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere")
    loader = Loader(folder=tmp_path)
    for journal in ("other.db", "link.db", "."):
        ran = loader.run("load", "offers.csv", "--sandbox", "--yes", "--journal", journal)
        assert ran.code == 4, ran.err

    assert {each.name for each in tmp_path.iterdir()} == {"offers.csv", "other.db", "link.db"}


def test_a_token_that_lasts_no_time_is_named_once(tmp_path: Path) -> None:
    write_offers(tmp_path / "offers.csv", ["One", "Two", "Three"])
    with running_sandbox(SandboxSettings(token_says_seconds=0)) as sandbox:
        ran = loader_for(sandbox, tmp_path).run("load", "offers.csv", "--results", "r.csv")
        asked = sandbox.counters()["requests"]["token"]

    assert (ran.code, asked) == (0, 1), ran.err
    assert (ran.out + ran.err).count("strange-token") == 1
