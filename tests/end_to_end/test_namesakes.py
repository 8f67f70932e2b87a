"""A name that this loader has created from another row: told apart by ids, or refused."""

from pathlib import Path

import pytest

from offer_sandbox import Sandbox, running_sandbox
from tests.support.sandbox_calls import client
from tests.support.workbooks import PLACEMENT, Loader, loader_for, results_of

PLAIN = "name,placement,type,content,channel\n"
WITH_IDS = "external_id,name,placement,type,content,channel\n"


def plain(*names: str) -> str:
    return PLAIN + "".join(f"{name},{PLACEMENT},text,{name},web\n" for name in names)


def with_ids(**names: str) -> str:
    rows = (f"{key},{name},{PLACEMENT},text,{name},web\n" for key, name in names.items())
    return WITH_IDS + "".join(rows)


def loaded(loader: Loader, text: str, *more: str, file: str = "offers.csv") -> tuple[int, list]:
    (loader.folder / file).write_text(text, "utf-8")
    ran = loader.run("load", file, "--results", "results.csv", *more)
    return ran.code, results_of(loader.folder / "results.csv")


def names(sandbox: Sandbox) -> list[str]:
    return sorted(offer["name"] for offer in sandbox.offers())


def change(sandbox: Sandbox, field: str, value: str) -> None:
    with client(sandbox) as http:
        patch = [{"op": "add", "path": f"/{field}", "value": value}]
        path = f"/offers/{sandbox.offers()[0]['id']}"
        http.patch(path, params={"offer-type": "fallback"}, json=patch).raise_for_status()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (plain("Twin", "Solo"), with_ids(E1="Twin", E2="Solo")),
        (with_ids(E1="Twin", E2="Solo"), plain("Twin", "Solo")),
        (plain("Cafe\u0301"), with_ids(E1="Cafe\u0301")),
        (plain("Twin"), with_ids(E1="Twin", E2="Solo")),
    ],
)
def test_ids_given_or_taken_away_make_no_second_offer(
    tmp_path: Path, first: str, second: str
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        assert loaded(loader, first)[0] == 0
        there = names(sandbox)

        code, rows = loaded(loader, second)

        assert code == 1
        refused = [row for row in rows if row["error_code"] == "already-exists"]
        assert {row["status"] for row in rows if row not in refused} <= {"created"}
        assert len(refused) == len(there)
        assert "row 2 of" in refused[0]["error"]
        assert sandbox.offers()[0]["id"] in refused[0]["error"]
        assert sorted(set(names(sandbox))) == names(sandbox)


def test_rows_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        mixed = with_ids(E1="Twin", E2="Twin") + f",Twin,{PLACEMENT},text,Twin,web\n"
        assert loaded(loader, mixed)[0] == 0
        assert loaded(loader, with_ids(E3="Other"), file="more.csv")[0] == 0

        again, _ = loaded(loader, mixed)
        longer, _ = loaded(loader, mixed + f"E9,Twin,{PLACEMENT},text,new,web\n")

        assert (again, longer) == (0, 0)
        assert names(sandbox) == ["Other", "Twin", "Twin", "Twin", "Twin"]


def test_an_id_that_reads_like_another_name_is_no_name(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        assert loaded(loader, with_ids(Twin="Solo"))[0] == 0

        code, _ = loaded(loader, with_ids(E1="Twin"))

        assert code == 0
        assert names(sandbox) == ["Solo", "Twin"]


@pytest.mark.parametrize(
    ("choice", "status", "there"), [("skip", "duplicate", 1), ("duplicate", "created", 2)]
)
def test_a_person_may_choose_otherwise(
    tmp_path: Path, choice: str, status: str, there: int
) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        _, (first,) = loaded(loader, plain("Twin"))

        code, (row,) = loaded(loader, with_ids(E1="Twin"), "--on-existing", choice)

        assert (code, row["status"]) == (0, status)
        assert (row["instanceId"] == first["instanceId"]) == (choice == "skip")
        assert len(sandbox.offers()) == there


def test_what_was_undone_is_in_nobodys_way(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        loaded(loader, plain("Twin"))
        run_id = loader.newest_run()
        assert loader.run("undo", run_id, "--yes").code == 0

        code, (row,) = loaded(loader, with_ids(E1="Twin"))

        assert (code, row["status"]) == (0, "created")


@pytest.mark.parametrize("choice", ["error", "skip"])
def test_a_row_that_may_have_been_created_is_in_the_way(tmp_path: Path, choice: str) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        sandbox.set_faults("status-before status=400 body=page on=create times=1")
        first, (row,) = loaded(loader, plain("Twin"), "--on-absent", "hold")
        assert row["status"] == "unknown", first
        run_id = loader.newest_run()

        code, (row,) = loaded(loader, with_ids(E1="Twin"), "--on-existing", choice)

        assert (code, row["status"], row["error_code"]) == (1, "failed", "may-exist")
        assert f"loader reconcile {run_id}" in row["error"]
        assert sandbox.offers() == []


def test_an_offer_renamed_in_the_library_keeps_its_new_name(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path)
        loaded(loader, plain("Twin"))
        change(sandbox, "name", "Solo")

        code, (row,) = loaded(loader, plain("Solo"))

        assert (code, row["error_code"]) == (1, "already-exists")
        assert names(sandbox) == ["Solo"]


def test_an_offer_that_may_be_an_unknown_rows_is_not_told_to_be_renamed(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        loader = loader_for(sandbox, tmp_path, LOADER_SETTLE_SECONDS="0.2")
        sandbox.set_faults("reset-after on=create times=1", "list-lag-seconds=600")
        loaded(loader, with_ids(E1="Twin"), "--on-absent", "hold")
        sandbox.set_faults("")
        change(sandbox, "description", "edited")

        code, (first, second) = loaded(loader, with_ids(E1="Twin", E2="Twin"))

        assert code != 0
        assert first["status"] == "unknown"
        assert (second["status"], second["error_code"]) == ("failed", "may-exist")
        assert sandbox.offers()[0]["id"] in second["error"]
        assert "loader resolve" in second["error"]
        assert len(sandbox.offers()) == 1
