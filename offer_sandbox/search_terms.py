"""The full-text search of XCORE: `q` has terms, `qop` joins them, `field` says where they are."""

from collections.abc import Callable
from typing import Any, Final

from offer_sandbox.filters import found_at
from offer_sandbox.messages import Call
from offer_sandbox.store import Entity

_NAME: Final = "_instance.xdm:name"


def wanted_terms(
    call: Call, document: Callable[[Entity], dict[str, Any]]
) -> Callable[[Entity], bool] | None:
    """Return the test that a search makes of each entity; None where it has no terms."""
    terms = [term.strip('"').replace("\\", "").lower() for term in (call.first("q") or "").split()]
    if not terms:
        return None
    fields = [value for name, value in call.pairs() if name == "field"] or [_NAME]
    join = all if call.first("qop") == "and" else any

    def holds(entity: Entity) -> bool:
        shown = document(entity)
        text = " ".join(str(found_at(shown, field) or "") for field in fields).lower()
        return join(term in text for term in terms)

    return holds
