"""A loader that stands by says who it waits for, and goes on when that one has ended."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from loader.errors import JournalBusy
from loader.events import Event, Limited, PhaseBegan, PhaseEnded, silent
from loader.journal import open_journal
from loader.journal.sqlite import lease
from loader.run.sending.other_keys import check_other_keys
from loader.run.sending.waiting_for_lease import leased
from loader.run.wiring import open_target
from loader.settings import load_settings
from tests.support.staged import Ticking

TARGET = {
    "LOADER_CLIENT_ID": "id",
    "LOADER_CLIENT_SECRET": "secret",
    "LOADER_ORG_ID": "org@AdobeOrg",
    "LOADER_SANDBOX_NAME": "dev",
}


def test_a_stand_by_names_the_holder_and_goes_on_after_it(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    settings = load_settings(environment=TARGET | {"LOADER_JOURNAL": str(path)})
    told: list[Event] = []
    with (
        open_target(settings, None, sandbox=False) as target,
        open_journal(path, clock=Ticking()) as first,
        open_journal(path, clock=Ticking()) as second,
        ExitStack() as holder,
    ):
        holder.enter_context(first.lease(target.key, words=target.words))

        def listen(event: Event) -> None:
            told.append(event)
            if isinstance(event, Limited):
                holder.close()

        with leased(second, target, settings, wait=True, listener=listen):
            pass

    began, limited, ended = told
    assert began == PhaseBegan(name="standing by")
    assert isinstance(limited, Limited)
    assert "is in use by another loader (process" in str(limited.by)
    assert "--wait" not in str(limited.by)
    assert ended == PhaseEnded()


def put_holder(path: Path, target: str, *, heartbeat: float) -> None:
    """Let a loader of another machine, whose clock is ahead, hold the lease."""
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute(
            "INSERT OR REPLACE INTO lease (target, owner, host, machine, pid, since, heartbeat)"
            " VALUES (?, 'it', 'there', 'elsewhere', 7, ?, ?)",
            (target, heartbeat, heartbeat),
        )


def test_a_dead_loader_whose_clock_was_ahead_is_replaced_when_it_reports_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "STALE_SECONDS", 0.5)
    path, reports = tmp_path / "j.sqlite3", 0
    settings = load_settings(environment=TARGET | {"LOADER_JOURNAL": str(path)})
    clock = Ticking()
    with (
        open_target(settings, None, sandbox=False) as target,
        open_journal(path, clock=clock) as journal,
    ):
        put_holder(path, target.key, heartbeat=clock() + 86_400)
        with (
            pytest.raises(JournalBusy, match=r"its clock is ahead.*\(--wait\)"),
            leased(journal, target, settings, listener=silent),
        ):
            pass

        def report(event: Event) -> None:
            nonlocal reports
            if isinstance(event, Limited) and reports < 5:  # it lives for five looks more
                reports += 1
                put_holder(path, target.key, heartbeat=clock() + 86_400)

        with leased(journal, target, settings, wait=True, listener=report):
            pass

    assert reports == 5


def test_nothing_begins_while_a_loader_works_on_what_may_be_the_same_place(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    xcore = TARGET | {"LOADER_API": "xcore", "LOADER_JOURNAL": str(path)}
    named = load_settings(environment=xcore | {"LOADER_CONTAINER_ID": "one"})
    found = load_settings(environment=xcore)
    with (
        open_target(named, None, sandbox=False) as there,
        open_target(found, None, sandbox=False) as here,
        open_journal(path, clock=Ticking()) as journal,
    ):
        check_other_keys(journal, here)
        with journal.lease(there.key):
            with pytest.raises(JournalBusy, match=r"container one.*may be the same place"):
                check_other_keys(journal, here)
            check_other_keys(journal, there)
        check_other_keys(journal, here)


@pytest.mark.parametrize("is_found_first", [True, False])
def test_a_stand_by_waits_for_a_loader_under_the_other_key_and_keeps_no_lease_meanwhile(
    tmp_path: Path, is_found_first: bool
) -> None:
    path = tmp_path / "j.sqlite3"
    xcore = TARGET | {"LOADER_API": "xcore", "LOADER_JOURNAL": str(path)}
    found = load_settings(environment=xcore)
    named = load_settings(environment=xcore | {"LOADER_CONTAINER_ID": "one"})
    first, second = (found, named) if is_found_first else (named, found)
    told: list[Event] = []
    with (
        open_target(first, None, sandbox=False) as there,
        open_target(second, None, sandbox=False) as here,
        open_journal(path, clock=Ticking()) as working,
        open_journal(path, clock=Ticking()) as waiting,
        ExitStack() as holder,
    ):
        holder.enter_context(working.lease(there.key))

        def listen(event: Event) -> None:
            told.append(event)
            if isinstance(event, Limited):
                with working.lease(here.key):  # two that stand by do not wait for each other
                    pass
                holder.close()

        with leased(
            waiting,
            here,
            second,
            wait=True,
            listener=listen,
            check=check_other_keys,
        ):
            pass

    began, limited, ended = told
    assert began == PhaseBegan(name="standing by")
    assert isinstance(limited, Limited)
    assert "is in use by another loader" in str(limited.by)
    assert "--wait" not in str(limited.by)
    assert ended == PhaseEnded()
