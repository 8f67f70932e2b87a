"""A loader that stands by says who it waits for, and goes on when that one has ended."""

from contextlib import ExitStack
from pathlib import Path

from loader.events import Event, Limited, PhaseBegan, PhaseEnded
from loader.journal import open_journal
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
