"""`loader watch` over a folder of this machine: every file ends where it should, every row once."""

import re
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from offer_sandbox import running_sandbox
from tests.support.terminals import on_terminal
from tests.support.workbooks import Loader, loader_for, write_offers

SETTINGS = "[inbox]\nsettle_seconds = 0\nscan_seconds = 0.1\nretry_seconds = 0.1\n"
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "loader.toml").write_text(SETTINGS, "utf-8")
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def lying(inbox: Path) -> set[str]:
    """What lies in the inbox, without the dates and the lock."""
    found = (path.relative_to(inbox).parts for path in inbox.rglob("*") if path.is_file())
    return {"/".join(part for part in parts if not part.startswith("20")) for parts in found} - {
        "processing/.watcher"
    }


def sides(name: str, *kinds: str) -> set[str]:
    return {name, *(f"{name}.{kind}" for kind in kinds)}


def test_each_file_ends_where_it_should_with_its_answer(tmp_path: Path, inbox: Path) -> None:
    good = write_offers(inbox / "good.csv", ["One", "Two"]).read_bytes()
    (inbox / "mistakes.xlsx").write_bytes((SAMPLES / "mistakes.xlsx").read_bytes())
    (inbox / "poison.csv").write_bytes(b"who,what\n1,2\n")
    (inbox / "~$good.xlsx").write_bytes(b"")
    (inbox / "link.csv").symlink_to(tmp_path / "loader.toml")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        first = loader.run("watch", "inbox", "--once")
        created = len(sandbox.offers())
        (inbox / "other-name.csv").write_bytes(good)
        second = loader.run("watch", "inbox", "--once")
        (inbox / "other-settings.csv").write_bytes(good)
        third = loader_for(sandbox, tmp_path, LOADER_ZONE="Europe/Paris").run(
            "watch", "inbox", "--once"
        )

        assert (first.code, second.code, third.code) == (1, 0, 0), first.err + second.err
        assert len(sandbox.offers()) == created == 6
    assert "other-settings.csv: loaded: 2 duplicate" in third.out
    assert "other-name.csv: duplicate: 2 duplicate; the same bytes were loaded" in second.out
    assert lying(inbox) == {
        *sides("done/good.csv", "results.xlsx", "summary.json"),
        *sides("done/other-name.csv", "results.xlsx", "summary.json"),
        *sides("done/other-settings.csv", "results.xlsx", "summary.json"),
        *sides("done/mistakes.xlsx", "results.xlsx", "summary.json", "to-fix.xlsx"),
        *sides("failed/poison.csv", "reason.txt", "summary.json"),
        "~$good.xlsx",
        "link.csv",
    }


def test_a_watcher_that_is_killed_again_and_again_loads_every_row_once(
    tmp_path: Path, inbox: Path
) -> None:
    names = [f"Offer {number}" for number in range(60)]
    write_offers(inbox / "offers.csv", names)
    with running_sandbox() as sandbox:
        slow = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="60")
        for goal in (10, 30):
            process = slow.start("watch", "inbox")
            deadline = time.monotonic() + 60
            while len(sandbox.offers()) < goal and time.monotonic() < deadline:
                time.sleep(0.02)
            process.kill()
            process.communicate()
        last = loader_for(sandbox, tmp_path).run("watch", "inbox", "--once")

        assert last.code == 0, last.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)
    assert lying(inbox) == sides("done/offers.csv", "results.xlsx", "summary.json")


def test_while_the_api_is_down_files_wait_and_status_says_so(tmp_path: Path, inbox: Path) -> None:
    write_offers(inbox / "offers.csv", ["One"])
    with running_sandbox() as sandbox:
        up = loader_for(sandbox, tmp_path)
    down = up.run("watch", "inbox", "--once")
    status = up.run("inbox", "status", "inbox", "--json")

    assert (down.code, status.code) == (5, 1)
    assert [file["name"] for file in status.json["waiting"]] == ["offers.csv"]
    assert status.json["folders"][0]["trouble"]["kind"] == "api"
    assert "processing/" in " ".join(lying(inbox))
    with running_sandbox() as sandbox:
        again = loader_for(sandbox, tmp_path).run("watch", "inbox", "--once")

        assert again.code == 0, again.err
        assert [offer["name"] for offer in sandbox.offers()] == ["One"]


def test_one_watcher_works_and_the_other_says_so(tmp_path: Path, inbox: Path) -> None:
    loader = Loader(folder=tmp_path)
    first = loader.start("watch", "inbox", "--sandbox")
    assert first.stderr is not None
    assert "watching" in first.stderr.readline()

    second = loader.run("watch", "inbox", "--once", "--sandbox")
    first.terminate()
    first.communicate(timeout=60)

    assert second.code == 0
    assert f"is watched by process {first.pid}" in second.err
    assert first.returncode == 0


def test_a_failed_file_is_listed_dropped_again_and_then_well(tmp_path: Path, inbox: Path) -> None:
    rules = 'on_invalid = "reject-file"\n[[inbox.folder]]\npath = "whole"\n'
    (tmp_path / "loader.toml").write_text(SETTINGS + rules, "utf-8")
    (inbox / "whole").mkdir()
    (inbox / "whole" / "mistakes.xlsx").write_bytes((SAMPLES / "mistakes.xlsx").read_bytes())
    loader = Loader(folder=tmp_path)

    once = loader.run("watch", "inbox", "--once", "--sandbox")
    status = loader.run("inbox", "status", "inbox", "--json")
    (failed,) = status.json["failed"]
    again = loader.run("inbox", "retry", failed["file"])
    after = loader.run("inbox", "status", "inbox", "--json")

    assert (once.code, status.code, again.code, after.code) == (1, 1, 0, 0)
    assert failed["counts"]["created"] == 0
    assert "nothing of it was sent" in failed["reason"]
    assert Path(failed["to_mend"]).is_file()
    assert "whole/mistakes.xlsx" in lying(inbox)
    assert [file["name"] for file in after.json["waiting"]] == ["mistakes.xlsx"]


@pytest.mark.parametrize("name", ["mapping", "profile_file"])  # the second is the older name
def test_a_sub_folder_reads_foreign_columns_by_its_own_profile(
    name: str, tmp_path: Path, inbox: Path
) -> None:
    profile = SAMPLES.parent / "templates" / "mappings" / "french-crm.toml"
    rules = f'[profile.crm]\n{name} = "{profile}"\n[[inbox.folder]]\npath = "crm"\n'
    (tmp_path / "loader.toml").write_text(f'{SETTINGS}{rules}profile = "crm"\n', "utf-8")
    (inbox / "crm").mkdir()
    for folder in (inbox, inbox / "crm"):
        (folder / "french-crm.csv").write_bytes((SAMPLES / "french-crm.csv").read_bytes())

    ran = Loader(folder=tmp_path).run("watch", "inbox", "--once", "--sandbox")

    assert ran.code == 1
    assert "french-crm.csv: failed: the columns do not match" in ran.out
    assert "crm/french-crm.csv: loaded: 3 created" in ran.out


@pytest.mark.parametrize(
    ("content", "option"),
    [
        ("Nom,placement,type,content,Notes\na,b,c,d,e\n", "--ignore-column"),
        ("a|b|c\n1|2|3\n", "--delimiter"),
    ],
)
def test_a_reason_that_names_options_says_what_an_inbox_has_instead(
    content: str, option: str, tmp_path: Path, inbox: Path
) -> None:
    (inbox / "wrong.csv").write_text(content, "utf-8")

    Loader(folder=tmp_path).run("watch", "inbox", "--once", "--sandbox")

    (path,) = (inbox / "failed").rglob("*reason.txt")
    reason = path.read_text("utf-8")
    assert option in reason
    assert "An inbox has no such options: correct the file and drop it again." in reason
    assert "`mapping = ...` in a profile of loader.toml" in reason


def test_a_folder_that_the_loader_keeps_is_no_inbox(tmp_path: Path, inbox: Path) -> None:
    (inbox / "poison.csv").write_bytes(b"who,what\n1,2\n")
    loader = Loader(folder=tmp_path)
    loader.run("watch", "inbox", "--once", "--sandbox")
    (inbox / "poison.csv").write_bytes(b"who,what\n3,4\n")
    loader.run("watch", "inbox", "--once", "--sandbox")

    inside = loader.run("watch", "inbox/failed", "--once", "--sandbox")
    a_file = loader.run("watch", "loader.toml", "--once", "--sandbox")
    status = loader.run("inbox", "status", "inbox")

    assert (inside.code, a_file.code) == (2, 2)
    assert "the loader keeps this folder in the inbox" in inside.err
    assert "it is a file: name the folder that it is in" in a_file.err
    assert "2 failed, the latest poison-2.csv" in status.out + status.err


def test_a_person_is_told_that_an_inbox_is_empty(tmp_path: Path, inbox: Path) -> None:
    loader = Loader(folder=tmp_path)
    once = ("watch", "inbox", "--once", "--sandbox")

    timer = loader.run(*once)
    code, screen = on_terminal(*once, folder=tmp_path, variables=loader.environment(), answers={})

    assert (timer.code, timer.out + timer.err) == (0, "")
    assert (code, screen.strip()) == (0, "nothing to load")
    assert list(inbox.glob("*.csv")) == []


def test_a_mapping_is_given_to_a_watcher_as_to_a_load(tmp_path: Path, inbox: Path) -> None:
    mapping = SAMPLES.parent / "templates" / "mappings" / "french-crm.toml"
    (inbox / "french-crm.csv").write_bytes((SAMPLES / "french-crm.csv").read_bytes())

    ran = Loader(folder=tmp_path).run(
        "watch", "inbox", "--once", "--sandbox", "--mapping", str(mapping)
    )

    assert ran.code == 0, ran.err
    assert "french-crm.csv: loaded: 3 created" in ran.out


def test_a_folder_and_a_link_are_named_as_what_they_are(tmp_path: Path, inbox: Path) -> None:
    (inbox / "sub").mkdir()
    (inbox / "link").symlink_to(tmp_path / "loader.toml")
    (inbox / ".snapshots").mkdir()

    ran = Loader(folder=tmp_path).run("watch", "inbox", "--once", "--sandbox")

    (sub,) = (line for line in ran.err.splitlines() if "ignored: sub " in line)
    assert "[[inbox.folder]]" in sub
    assert "ends in" not in ran.err
    assert "link is a link" in ran.err
    assert ".snapshots is hidden" in ran.err


def test_what_a_stopped_watcher_left_is_claimed_and_failed_files_say_how_the_alarm_ends(
    tmp_path: Path, inbox: Path
) -> None:
    (inbox / "poison.csv").write_bytes(b"who,what\n1,2\n")
    with running_sandbox() as sandbox:
        slow = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="20")
        slow.run("watch", "inbox", "--once")
        write_offers(inbox / "offers.csv", [f"Offer {number}" for number in range(60)])
        process = slow.start("watch", "inbox")
        until(lambda: len(sandbox.offers()) > 2)
        process.terminate()
        process.communicate()
        status = slow.run("inbox", "status", "inbox")

    (line,) = (line for line in status.out.splitlines() if line.startswith("offers.csv"))
    (problem,) = (line for line in status.out.splitlines() if line.startswith("problem:"))
    (poison,) = (line for line in status.out.splitlines() if "poison.csv " in line)
    assert re.search(r"claimed .* the loader was stopped; the next start continues", line)
    assert "loader inbox retry" in problem
    assert "moving it out of failed" in problem
    assert poison.endswith(" …")


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def test_a_full_disk_and_a_vanished_folder_are_said_and_outlived(
    tmp_path: Path, inbox: Path
) -> None:
    done = sides("done/offers.csv", "results.xlsx", "summary.json")
    with running_sandbox() as sandbox:
        watcher = loader_for(sandbox, tmp_path).start("watch", "inbox")
        assert watcher.stderr is not None
        assert "watching" in watcher.stderr.readline()

        resource.prlimit(watcher.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
        write_offers(inbox / "offers.csv", ["One", "Two"])
        full = next(line for line in watcher.stderr if "waits" in line)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(watcher.pid, resource.RLIMIT_FSIZE, unlimited)
        until(lambda: done <= lying(inbox))
        inbox.rename(tmp_path / "away")
        gone = next(line for line in watcher.stderr if "No such file" in line)
        write_offers(tmp_path / "away" / "more.csv", ["Three"])
        (tmp_path / "away").rename(inbox)
        until(lambda: "done/more.csv" in lying(inbox))
        watcher.terminate()
        watcher.communicate(timeout=60)

        assert "journal" in full or "ledger" in full
        assert "waits" in gone
        assert watcher.returncode == 0
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["One", "Three", "Two"]


def test_a_watcher_on_standby_goes_on_where_the_first_one_died(tmp_path: Path, inbox: Path) -> None:
    names = [f"Offer {number}" for number in range(60)]
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="60")
        first = loader.start("watch", "inbox")
        assert first.stderr is not None
        assert "watching" in first.stderr.readline()
        second = loader.start("watch", "inbox")
        assert second.stderr is not None
        assert "standby" in second.stderr.readline()
        write_offers(inbox / "offers.csv", names)
        until(lambda: len(sandbox.offers()) > 10)
        first.kill()
        first.communicate()
        until(lambda: "done/offers.csv" in lying(inbox))
        second.terminate()
        second.communicate(timeout=60)

        assert second.returncode == 0
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)


def test_a_stop_drains_what_is_on_its_way_and_the_next_start_goes_on(
    tmp_path: Path, inbox: Path
) -> None:
    names = [f"Offer {number}" for number in range(120)]
    write_offers(inbox / "offers.csv", names)
    with running_sandbox() as sandbox:
        watcher = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="20").start("watch", "inbox")
        until(lambda: len(sandbox.offers()) > 10)
        watcher.terminate()
        _, err = watcher.communicate(timeout=60)
        (run,) = loader_for(sandbox, tmp_path).run("runs", "--json").json["runs"]
        sent = len(sandbox.offers())
        again = loader_for(sandbox, tmp_path).run("watch", "inbox", "--once")

        assert watcher.returncode == 0, err
        assert run["stopped_reason"] == "interrupted"
        assert (run["summary"]["created"], run["summary"]["unknown"]) == (sent, 0)
        assert sent < len(names)
        assert again.code == 0, again.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == Counter(names)


def test_a_claimed_file_that_others_took_away_is_told_and_not_waited_for(
    tmp_path: Path, inbox: Path
) -> None:
    write_offers(inbox / "offers.csv", ["One"])
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
    loader.run("watch", "inbox", "--once")
    (claimed,) = (inbox / "processing").glob("*/offers.csv")
    claimed.unlink()

    again = loader.run("watch", "inbox", "--once")
    status = loader.run("inbox", "status", "inbox", "--json")

    assert "took it out of processing" in again.out
    assert status.json["waiting"] == []


def test_a_file_whose_invalid_rows_nobody_fixed_ends_as_before_and_says_so(
    tmp_path: Path, inbox: Path
) -> None:
    given = write_offers(inbox / "offers.csv", ["One", "Two"]).read_text("utf-8")
    (inbox / "offers.csv").write_text(f"{given}Three,nowhere,nothing,,,\n", "utf-8")
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        first = loader.run("watch", "inbox", "--once")
        (done,) = (inbox / "done").glob("*/offers.csv")
        loader.run("inbox", "retry", str(done))
        again = loader.run("watch", "inbox", "--once")

        assert len(sandbox.offers()) == 2
    assert (first.code, again.code) == (1, 1)
    assert "offers.csv: loaded-with-errors: 2 created, 1 invalid" in first.out
    assert "offers.csv: loaded-with-errors: 2 duplicate, 1 invalid" in again.out
    assert "and nothing of it was fixed since: 1 row invalid" in again.out


def test_what_a_killed_watcher_was_loading_is_a_problem_until_one_runs(
    tmp_path: Path, inbox: Path
) -> None:
    names = [f"Offer {number}" for number in range(200)]
    write_offers(inbox / "offers.csv", names)
    with running_sandbox() as sandbox:
        watcher = loader_for(sandbox, tmp_path, LOADER_MAX_PER_SECOND="5").start("watch", "inbox")
        until(lambda: len(sandbox.offers()) > 0)
        alive = loader_for(sandbox, tmp_path).run("inbox", "status", "inbox")
        watcher.kill()
        watcher.communicate()
    dead = loader_for(sandbox, tmp_path).run("inbox", "status", "inbox")

    assert (alive.code, dead.code) == (0, 1), alive.out + dead.out
    assert "all is well" in alive.out
    assert "1 being loaded when the watcher ended" in dead.out
    assert "no watcher is running" in dead.out


def test_status_says_what_a_file_waits_for(tmp_path: Path, inbox: Path) -> None:
    write_offers(inbox / "offers.csv", ["One"])
    (tmp_path / "loader.toml").write_text('[inbox]\ntaken_when = "marker"\n', "utf-8")
    loader = Loader(folder=tmp_path)

    by_marker = loader.run("inbox", "status", "inbox", "--json")
    (inbox / "offers.csv.done").touch()
    marked = loader.run("inbox", "status", "inbox", "--json")
    (tmp_path / "loader.toml").write_text("[inbox]\nsettle_seconds = 30\n", "utf-8")
    (inbox / "offers.csv.done").unlink()
    settling = loader.run("inbox", "status", "inbox", "--json")

    reasons = [ran.json["waiting"][0]["reason"] for ran in (by_marker, marked, settling)]
    assert reasons == [
        "there is no offers.csv.done beside it yet",
        "",
        "it is taken when it has not changed for 30 seconds",
    ]
