"""The names of placements and tags of the target, for a draft: asked once, kept for a while.

A draft must open though the target is down: then names are looked up when the plan is made.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from loader.errors import LoaderError
from loader.run.reading.lookup import list_placements, list_tags
from loader.run.wiring import open_target
from loader.settings import Settings
from loader.validation.entity import Entity
from loader.validation.references import Catalogue, Needed, Placement, Register, Tag

_FRESH_SECONDS: Final = 600.0
_RETRY_SECONDS: Final = 60.0  # after the target could not be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the target lists; None where it does not, or could not be asked. `trouble` says why."""

    placements: Sequence[Placement] | None = None
    tags: Sequence[Tag] | None = None
    trouble: str = ""
    asked_at: float = field(default=-_FRESH_SECONDS)

    @property
    def is_complete(self) -> bool:
        """Whether every name can be looked up."""
        return self.placements is not None and self.tags is not None

    @property
    def catalogue(self) -> Catalogue | None:
        """What a check needs; None where it must leave names for later."""
        if self.placements is None or self.tags is None:
            return None
        return Catalogue(placements=Register(self.placements), tags=Register(self.tags))

    @property
    def digest(self) -> str:
        """What differs where the target lists something else; "" where not all is known."""
        if self.placements is None or self.tags is None:
            return ""
        listed = sorted(map(repr, (*self.placements, *self.tags)))
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()


class RecentNames:
    """Asks the target for its names."""

    def __init__(
        self,
        settings: Settings,
        entity: Entity,
        *,
        sandbox: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._entity = entity
        self._sandbox = sandbox
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._names = Names()
        self._catalogue: Catalogue | None = None

    @property
    def digest(self) -> str:
        """The digest of the names that are known now; the target is not asked."""
        return self._names.digest

    @property
    def is_asked(self) -> bool:
        """Whether a draft has needed the names."""
        return self._names != Names()

    def names(self, *, anew: bool = False) -> Names:
        """Return the names, asking where what is known is old, or `anew`."""
        with self._lock:
            age = self._monotonic() - self._names.asked_at
            if anew or age > (_FRESH_SECONDS if self._names.is_complete else _RETRY_SECONDS):
                asked = self._ask()
                if asked.is_complete or not anew:  # else what was known is better
                    self._names, self._catalogue = asked, asked.catalogue
            return self._names

    def catalogue(self, wanted: Needed, *, source: str) -> Catalogue | None:
        """Return what is known, for a check; None leaves the names for later."""
        del source
        if not wanted and self._catalogue is None:
            return Catalogue()
        self.names()
        return self._catalogue

    def _ask(self) -> Names:
        now = self._monotonic()
        try:
            with open_target(self._settings, self._entity, sandbox=self._sandbox) as target:
                return Names(
                    placements=list_placements(target), tags=list_tags(target), asked_at=now
                )
        except LoaderError as error:
            return Names(trouble=str(error), asked_at=now)
