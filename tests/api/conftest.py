"""No test of the API here is about how long it waits before it asks again."""

import pytest

from tests.support.short_waits import SHORT_POLLING, shorten_waits

shorten_waits()


@pytest.fixture(autouse=True)
def _short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loader.api.decided_later.WAITS", SHORT_POLLING)
