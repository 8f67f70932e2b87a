"""How the changes of an offer are shown: a table of fields, with what was and what will be."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from loader.redaction import SECRETS
from loader.run.wiring import entity_or_offer
from loader.web.column_form import title_of
from loader.web.text_difference import difference


class Changed(Protocol):
    """A field that changes; None: there is nothing."""

    @property
    def field(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...


def shown_changes(changes: Iterable[Changed]) -> list[Mapping[str, Any]]:
    """Return changes for the templates: the pieces of both texts, those that differ marked."""
    shown: list[Mapping[str, Any]] = []
    for each in changes:
        found = difference(_hidden(each.before), _hidden(each.after))
        shown.append(
            {"field": _field_words(each.field), "before": found.before, "after": found.after}
        )
    return shown


def _hidden(text: str | None) -> str | None:
    return text and SECRETS.hide(text)


def _field_words(text: str) -> str:
    """Return a changed field, "content (Web banner, en)", with our title in it."""
    name, space, place = text.partition(" (")
    fields = entity_or_offer(None).fields
    known = fields.recognise(name)
    return f"{title_of(known, fields)}{space}{place}" if known else text
