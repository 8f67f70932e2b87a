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
from tests.support.busy_server import takes_no_more
from tests.support.page_client import client_of, dropped
from tests.support.web_page import running_page
from tests.support.workbooks import Loader, loader_for, write_offers


def load_with_an_unknown_row(loader: Loader, sandbox: Sandbox) -> str:
    """Load one row whose offer is there, though its outcome stays unknown; return the run."""
    write_offers(loader.folder / "offers.csv", ["Three"])
    sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
    assert loader.run("load", "offers.csv", "--on-absent", "hold").code == 6
    return loader.newest_run()


def loaders_of(
    sandbox: Sandbox, folder: Path, *, is_found_first: bool = True, settle_seconds: str = "0"
) -> list[Loader]:
    """Return a loader that finds the container and one that names it, or the other way round."""
    found = {"LOADER_API": "xcore", "LOADER_API_URL": sandbox.api_url("xcore")}
    named = {**found, "LOADER_CONTAINER_ID": sandbox.container_id}
    return [
        loader_for(sandbox, folder, LOADER_SETTLE_SECONDS=settle_seconds, **each)
        for each in ([found, named] if is_found_first else [named, found])
    ]


@pytest.mark.parametrize("is_found_first", [True, False])
def test_a_journal_goes_on_with_the_setting_of_the_container_that_it_began_with(
    tmp_path: Path, is_found_first: bool
) -> None:
    with running_sandbox() as sandbox:
        first, other = loaders_of(sandbox, tmp_path, is_found_first=is_found_first)
        write_offers(tmp_path / "offers.csv", ["One", "Two"])
        assert first.run("load", "offers.csv").code == 0
        run = first.newest_run()
        assert first.run("undo", run, "--yes").code == 0
        sandbox.set_faults("list-lag-seconds=30")

        named = f"LOADER_CONTAINER_ID={sandbox.container_id}"
        advice = "without LOADER_CONTAINER_ID" if is_found_first else named
        for command in (
            ["load", "offers.csv"],
            ["load", "offers.csv", "--on-existing", "duplicate"],
            ["load", "offers.csv", "--dry-run"],
            ["pull", "there.xlsx"],
        ):
            refused = other.run(*command)
            assert refused.code == 4, refused.out
            assert f"Go on with the settings of that run: {advice}" in refused.err
        assert sandbox.offers() == []
        assert first.run("load", "offers.csv").code == 0
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["One", "Two"]


@pytest.mark.parametrize(
    "fault", ["status-before status=403 on=containers", "status-before status=404 on=create"]
)
def test_a_container_may_be_named_where_none_could_be_found_or_used(
    tmp_path: Path, fault: str
) -> None:
    with running_sandbox() as sandbox:
        found, named = loaders_of(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        sandbox.set_faults(fault)
        assert found.run("load", "offers.csv").code == 5
        run = found.newest_run()
        sandbox.set_faults("")
        assert named.run("load", "offers.csv").code == 0

        sandbox.set_faults("list-lag-seconds=30")
        refused = found.run("resume", run)
        assert refused.code == 4, refused.out
        assert sandbox.container_id in refused.err
        assert [offer["name"] for offer in sandbox.offers()] == ["One"]


def test_a_loader_that_has_not_begun_its_run_keeps_the_other_key_out(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        found, _ = loaders_of(sandbox, tmp_path)
        write_offers(tmp_path / "offers.csv", ["One"])
        assert found.run("load", "offers.csv", "--dry-run").code == 0
        with at_work(tmp_path, f"{key_of(found)}|{sandbox.container_id}"):
            refused = found.run("load", "offers.csv")
        assert refused.code == 4, refused.out
        assert "is in use by another loader" in refused.err
        assert sandbox.offers() == []


def test_a_journal_that_has_both_goes_on_when_nothing_is_unknown_under_the_older_one(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        found, named = loaders_of(sandbox, tmp_path, settle_seconds="0.2")
        run = load_with_an_unknown_row(found, sandbox)
        sandbox.set_faults("")
        rename_sandbox(tmp_path, "demo", "hidden")
        write_offers(tmp_path / "other.csv", ["Two"])
        assert named.run("load", "other.csv").code == 0
        rename_sandbox(tmp_path, "hidden", "demo")

        refused = named.run("load", "offers.csv")
        assert refused.code == 4, refused.out
        assert f"`loader reconcile {run}`" in refused.err
        assert found.run("resume", run).code == 4
        assert found.run("reconcile", run).code == 0
        assert found.run("undo", run, "--yes").code == 0
        assert found.run("load", "other.csv", "--on-existing", "duplicate").code == 4
        assert named.run("load", "offers.csv").code == 0
        assert sorted(offer["name"] for offer in sandbox.offers()) == ["Three", "Two"]


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
        assert loader.run("resume", loader.newest_run()).code == 0
        assert [offer["name"] for offer in sandbox.offers()] == ["Three"]


NOTHING_IS_TAKEN = takes_no_more("create")  # rows stay pending


def test_the_page_sends_no_plan_where_the_other_key_sent_meanwhile(
    tmp_path: Path,
) -> None:
    with running_sandbox() as sandbox:
        loader, _ = loaders_of(sandbox, tmp_path, settle_seconds="60")
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
            assert "without LOADER_CONTAINER_ID" in sent.text
        assert Counter(offer["name"] for offer in sandbox.offers()) == {"One": 1, "Two": 1}


def rename_sandbox(folder: Path, old: str, new: str) -> None:
    """Let the journal say that its runs went to another sandbox."""
    (journal,) = folder.rglob("journal.sqlite3")
    with closing(sqlite3.connect(journal)) as sql, sql:
        for table in ("run", "offer", "lease"):
            sql.execute(
                f"UPDATE {table} SET target = replace(target, ?, ?)", (f"|{old}", f"|{new}")
            )


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
        spell_in_another_way(sandbox, tmp_path, run=loader.newest_run())

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
        sandbox.set_faults(takes_no_more("create", after=1))
        loader.run("watch", "inbox", "--once")
        sandbox.set_faults("")
        run = loader.newest_run()
        write_offers(tmp_path / "second.csv", ["C"])
        assert loader.run("load", "second.csv").code == 0
        spell_in_another_way(sandbox, tmp_path, run=run)

        waits = loader.run("watch", "inbox", "--once")
        address = in_another_way(sandbox, sandbox.api_url("dps"))
        assert f"run {run} sent rows of this file to {address}," in waits.out + waits.err

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
