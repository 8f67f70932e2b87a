"""One place is one target, however the settings spell it: no offer is created twice for that."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from loader.journal import open_journal
from offer_sandbox import Sandbox, running_sandbox
from tests.support.page_client import client_of, dropped
from tests.support.web_page import running_page
from tests.support.workbooks import Loader, loader_for, write_offers


def load_with_an_unknown_row(loader: Loader, sandbox: Sandbox) -> str:
    """Load one row whose offer is there, though its outcome stays unknown; return the run."""
    write_offers(loader.folder / "offers.csv", ["Three"])
    sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
    assert loader.run("load", "offers.csv", "--on-absent", "hold").code == 6
    return newest_run(loader)


def newest_run(loader: Loader) -> str:
    return str(loader.run("runs", "--json").json["runs"][0]["summary"]["run_id"])


@pytest.mark.parametrize("is_found_first", [True, False])
def test_a_load_waits_for_unknown_rows_where_only_one_of_two_runs_names_the_container(
    tmp_path: Path, is_found_first: bool
) -> None:
    with running_sandbox() as sandbox:
        found = {"LOADER_API": "xcore", "LOADER_API_URL": sandbox.api_url("xcore")}
        named = {**found, "LOADER_CONTAINER_ID": sandbox.container_id}
        before, after = (found, named) if is_found_first else (named, found)
        first = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2", **before)
        run = load_with_an_unknown_row(first, sandbox)

        then = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2", **after)
        refused = then.run("load", "offers.csv")
        assert refused.code == 4, refused.out
        assert f"`loader reconcile {run}`" in refused.err
        assert sandbox.container_id in refused.err
        assert newest_run(then) == run

        sandbox.set_faults("")
        assert first.run("resume", run).code == 0
        again = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", **after)
        ran = again.run("load", "offers.csv")
        assert "already-exists" in ran.out + ran.err
        assert [offer["name"] for offer in sandbox.offers()] == ["Three"]


def test_a_row_of_an_older_journal_is_found_whose_key_spells_the_address_in_another_way(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        load_with_an_unknown_row(loader, sandbox)
        port = urlsplit(sandbox.root).port
        (journal,) = tmp_path.rglob("*.sqlite3")
        with closing(sqlite3.connect(journal)) as sql, sql:
            for table in ("run", "offer", "lease"):
                changed = f"UPDATE {table} SET target = replace(target, ':{port}', ':0{port}')"
                sql.execute(changed)

        assert loader.run("load", "offers.csv", "--on-absent", "hold").code == 6
        sandbox.set_faults("")
        assert loader.run("resume", newest_run(loader)).code == 0
        assert [offer["name"] for offer in sandbox.offers()] == ["Three"]


def test_a_load_waits_for_what_was_created_a_moment_ago_before_the_container_was_named(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        found = {"LOADER_API": "xcore", "LOADER_API_URL": sandbox.api_url("xcore")}
        named = {**found, "LOADER_CONTAINER_ID": sandbox.container_id}
        write_offers(tmp_path / "offers.csv", ["Three"])
        sandbox.set_faults("list-lag-seconds=600")
        first = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="60", **found)
        assert first.run("load", "offers.csv").code == 0

        refused = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="60", **named).run(
            "load", "offers.csv"
        )
        assert refused.code == 4, refused.out
        assert ": wait " in refused.err
        assert [offer["name"] for offer in sandbox.offers()] == ["Three"]

        sandbox.set_faults("")
        again = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", **named)
        ran = again.run("load", "offers.csv")
        assert "already-exists" in ran.out + ran.err


NOTHING_IS_TAKEN = (
    "status-before status=429 on=create retry-after=seconds retry-seconds=4000"  # rows stay pending
)


def found_and_named(sandbox: Sandbox, *, is_found_first: bool) -> list[dict[str, str]]:
    """Return settings that find the container and that name it, in the order that is asked for."""
    found = {"LOADER_API": "xcore", "LOADER_API_URL": sandbox.api_url("xcore")}
    named = {**found, "LOADER_CONTAINER_ID": sandbox.container_id}
    return [found, named] if is_found_first else [named, found]


@pytest.mark.parametrize("is_found_first", [True, False])
def test_a_resume_waits_for_what_was_created_a_moment_ago_under_the_other_key(
    tmp_path: Path, is_found_first: bool
) -> None:
    with running_sandbox() as sandbox:
        settings = found_and_named(sandbox, is_found_first=is_found_first)
        first, other = (
            loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="60", **each) for each in settings
        )
        write_offers(tmp_path / "offers.csv", ["Two", "Three"])
        sandbox.set_faults(NOTHING_IS_TAKEN)
        assert first.run("load", "offers.csv").code == 5
        run = newest_run(first)
        sandbox.set_faults("list-lag-seconds=30")
        assert other.run("load", "offers.csv").code == 0

        refused = first.run("resume", run)
        assert refused.code == 4, refused.out
        assert ": wait " in refused.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == {"Two": 1, "Three": 1}

        sandbox.set_faults("")
        later = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", **settings[0])
        ran = later.run("resume", run)
        assert "already-exists" in ran.out + ran.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == {"Two": 1, "Three": 1}


def test_the_page_sends_no_plan_while_lists_may_not_show_what_the_other_key_created(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        found, _ = found_and_named(sandbox, is_found_first=True)
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="60", **found)
        sandbox.set_faults("list-lag-seconds=30")
        source = write_offers(tmp_path / "offers.csv", ["One", "Two"])
        with (
            running_page(
                tmp_path,
                live=sandbox,
                is_rehearsal=False,
                api="xcore",
                api_url=sandbox.api_url("xcore"),
                container_id=sandbox.container_id,
                settle_seconds=60,
            ) as page,
            client_of(page) as somebody,
        ):
            _, answer = dropped(somebody, "offers.csv", source.read_bytes())
            draft = answer["path"].split("/")[2]
            while not somebody.get(f"/drafts/{draft}/state").json()["is_checked"]:
                time.sleep(0.1)
            assert somebody.post(f"/drafts/{draft}/plan").status_code == 200
            plan = somebody.get(f"/drafts/{draft}/plan").text
            assert loader.run("load", "offers.csv").code == 0

            sent = somebody.press(plan, f"/drafts/{draft}/send")
            assert "lists may not show them yet" in sent.text
        assert Counter(offer["name"] for offer in sandbox.offers()) == {"One": 1, "Two": 1}


@pytest.mark.parametrize("is_found_first", [True, False])
def test_two_runs_with_unknown_and_pending_rows_each_can_both_be_finished(
    tmp_path: Path, is_found_first: bool
) -> None:
    """Each is refused for the other's unknown rows; an older version could leave both so."""
    with running_sandbox() as sandbox:
        settings = found_and_named(sandbox, is_found_first=is_found_first)
        one, other = (
            loader_for(
                sandbox,
                tmp_path,
                LOADER_SETTLE_SECONDS="0.2",
                LOADER_MAX_IN_FLIGHT="1",
                **each,
            )
            for each in settings
        )
        runs = []
        for loader, names in ((one, ["A", "B"]), (other, ["C", "D"])):
            write_offers(tmp_path / f"{names[0]}.csv", names)
            sandbox.set_faults("reset-after on=create times=1", NOTHING_IS_TAKEN)
            assert loader.run("load", f"{names[0]}.csv").code == 5
            runs.append(newest_run(loader))
            rename_sandbox(tmp_path, "demo", "hidden")
        rename_sandbox(tmp_path, "hidden", "demo")
        sandbox.set_faults("")

        for loader, run, run_of_other in ((one, *runs), (other, *reversed(runs))):
            refused = loader.run("resume", run)
            assert refused.code == 4, refused.out
            assert f"`loader reconcile {run_of_other}`" in refused.err

        assert other.run("reconcile", runs[1]).code == 6  # one row is pending
        for each, run in zip(settings, runs, strict=True):
            settled = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", **each)
            assert settled.run("resume", run).code == 0
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["A", "B", "C", "D"]


def rename_sandbox(folder: Path, old: str, new: str) -> None:
    """Let the journal say that its runs went to another sandbox."""
    (journal,) = folder.rglob("journal.sqlite3")
    with closing(sqlite3.connect(journal)) as sql, sql:
        for table in ("run", "offer", "lease"):
            sql.execute(
                f"UPDATE {table} SET target = replace(target, ?, ?)", (f"|{old}", f"|{new}")
            )


def test_a_resume_of_unknown_rows_alone_is_not_refused_for_those_of_the_other_key(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        found, named = found_and_named(sandbox, is_found_first=True)
        first = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2", **found)
        write_offers(tmp_path / "other.csv", ["Two"])
        run = load_with_an_unknown_row(first, sandbox)
        rename_sandbox(tmp_path, "demo", "hidden")
        sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
        other = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2", **named)
        assert other.run("load", "other.csv", "--on-absent", "hold").code == 6
        rename_sandbox(tmp_path, "hidden", "demo")
        sandbox.set_faults("")

        with at_work(tmp_path, key_of(other)):
            refused = first.run("resume", run)
        assert refused.code == 4, refused.out
        assert "is in use by another loader" in refused.err
        assert first.run("resume", run).code == 0
        assert other.run("resume", newest_run(other), "--wait").code == 0  # until lists settle
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["Three", "Two"]


@contextmanager
def at_work(folder: Path, key: str) -> Iterator[None]:
    """Let a loader work under a key."""
    (journal,) = folder.rglob("journal.sqlite3")
    with open_journal(journal, clock=time.time) as opened, opened.lease(key):
        yield


def key_of(loader: Loader) -> str:
    """Return the key of the target of the newest run."""
    return str(loader.run("runs", "--json").json["runs"][0]["summary"]["target"])  # type: ignore[index]


@pytest.mark.parametrize("options", [(), ("--on-existing", "duplicate")])
def test_a_load_that_is_repeated_finds_its_rows_though_another_spelling_was_used_last(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        write_offers(tmp_path / "first.csv", ["A", "B"])
        write_offers(tmp_path / "second.csv", ["C"])
        assert loader.run("load", "first.csv", *options).code == 0
        assert loader.run("load", "second.csv", *options).code == 0
        spell_in_another_way(sandbox, tmp_path, run=newest_run(loader))

        settled = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0")
        again = settled.run("load", "first.csv", *options)
        assert again.code == 0, again.out + again.err
        spelled = loader_for(
            sandbox,
            tmp_path,
            LOADER_SETTLE_SECONDS="0",
            LOADER_API_URL=in_another_way(sandbox, sandbox.api_url("dps")),
        )
        again = spelled.run("load", "second.csv", *options)
        assert again.code == 0, again.out + again.err
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["A", "B", "C"]


def test_a_file_of_an_inbox_goes_on_with_the_spelling_of_its_run_which_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "loader.toml").write_text("[inbox]\nsettle_seconds = 0\n", "utf-8")
    with running_sandbox() as sandbox:
        one_at_a_time = {"LOADER_SETTLE_SECONDS": "0", "LOADER_MAX_IN_FLIGHT": "1"}
        loader = loader_for(sandbox, tmp_path, **one_at_a_time)
        (tmp_path / "inbox").mkdir()
        write_offers(tmp_path / "inbox" / "first.csv", ["A", "B"])
        sandbox.set_faults(NOTHING_IS_TAKEN.replace("on=create", "on=create skip=1"))
        loader.run("watch", "inbox", "--once")
        sandbox.set_faults("")
        run = newest_run(loader)
        write_offers(tmp_path / "second.csv", ["C"])
        assert loader.run("load", "second.csv").code == 0
        spell_in_another_way(sandbox, tmp_path, run=run)

        waits = loader.run("watch", "inbox", "--once")
        address = in_another_way(sandbox, sandbox.api_url("dps"))
        assert f"run {run} of this file went to {address}," in waits.out + waits.err

        spelled = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0", LOADER_API_URL=address)
        assert spelled.run("watch", "inbox", "--once").code == 0
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["A", "B", "C"]


def in_another_way(sandbox: Sandbox, text: str) -> str:
    """Return a text in which the address of the sandbox is spelled as an older key may be."""
    port = urlsplit(sandbox.root).port
    return text.replace(f":{port}", f":0{port}")


def spell_in_another_way(sandbox: Sandbox, folder: Path, *, run: str) -> None:
    """Let the journal have one run under another spelling, as an older version could."""
    port = urlsplit(sandbox.root).port
    (journal,) = folder.rglob("journal.sqlite3")
    with closing(sqlite3.connect(journal)) as sql, sql:
        spelled = f"SET target = replace(target, ':{port}', ':0{port}')"
        sql.execute(
            f"UPDATE offer {spelled} WHERE offer_id IN"
            " (SELECT offer_id FROM operation WHERE run_id = ?)",
            (run,),
        )
        sql.execute(f"UPDATE run {spelled} WHERE run_id = ?", (run,))


@pytest.mark.parametrize("is_found_first", [True, False])
def test_a_load_that_stands_by_waits_until_lists_show_what_the_other_key_created(
    tmp_path: Path, is_found_first: bool
) -> None:
    with running_sandbox() as sandbox:
        first, then = (
            loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="4", **each)
            for each in found_and_named(sandbox, is_found_first=is_found_first)
        )
        write_offers(tmp_path / "offers.csv", ["Two", "Three"])
        sandbox.set_faults("list-lag-seconds=2")
        assert first.run("load", "offers.csv").code == 0

        ran = then.run("load", "offers.csv", "--wait")
        assert "already-exists" in ran.out + ran.err
        assert Counter(offer["name"] for offer in sandbox.offers()) == {"Two": 1, "Three": 1}
