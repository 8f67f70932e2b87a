"""One place is one target, however the settings spell it: no offer is created twice for that."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from offer_sandbox import Sandbox, running_sandbox
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
        assert f"loader resume {run}" in refused.err
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
