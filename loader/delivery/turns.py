"""Whose turn is next: the pending rows of a run, a page at a time, each to one who asks.

Rules of this file: a page is held and no more; one asks the journal for the next, while the others
who found the page empty wait for the answer.
"""

from collections import deque
from typing import Final

import anyio

from loader.delivery.ports import Ledger
from loader.model import Job

_PAGE: Final = 500


class Turns:
    """One pass over what is pending."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._page: deque[Job] = deque()
        self._after = 0
        self._is_over = False
        self._lock = anyio.Lock()

    async def next(self) -> Job | None:
        """Return the next pending row, or None where every one had its turn."""
        while not self._page and not self._is_over:
            async with self._lock:
                if not self._page and not self._is_over:
                    await self._turn_over()
        return self._page.popleft() if self._page else None

    async def _turn_over(self) -> None:
        page = await self._ledger.due(after_row_id=self._after, limit=_PAGE)
        self._page.extend(page)
        if page:
            self._after = page[-1].row_id
        else:
            self._is_over = True
