"""Offers as reads show them: some servers give values back in another form than they took; pure."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from offer_sandbox.field_names import FIELD_NAMES, FieldNames
from offer_sandbox.seeds import COMPONENT
from offer_sandbox.settings import SandboxSettings

_NOTHING: Final = ("text", "sent", "sent", "sent")


def as_read(settings: SandboxSettings, dialect: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an offer as this server's reads show it."""
    if _asked(settings) == _NOTHING:
        return body
    names = FIELD_NAMES[dialect]
    field = names.of("representations")
    components = names.of("components")
    shown = [
        one | ({components: _components(settings, names, one)} if components in one else {})
        for one in body.get(field, [])
    ]
    changed = body | ({field: shown} if field in body else {})
    labels = names.of("labels")
    if labels in body:
        changed[labels] = _labels(settings, body[labels])
    return changed


def _asked(settings: SandboxSettings) -> tuple[str, ...]:
    return (
        settings.text_reads_as,
        settings.types_read_as,
        settings.languages_read_as,
        settings.labels_read_as,
    )


def _components(
    settings: SandboxSettings, names: FieldNames, representation: Mapping[str, Any]
) -> list[dict[str, Any]]:
    shown = []
    for one in representation[names.of("components")]:
        changed = dict(one)
        if names.type in one:
            changed[names.type] = _type(settings, names, str(one[names.type]))
        if names.language in one:
            changed[names.language] = _languages(settings, one[names.language])
        shown.append(changed)
    return shown


def _type(settings: SandboxSettings, names: FieldNames, sent: str) -> str:
    kind = names.kinds.get(sent, sent)
    match settings.types_read_as:
        case "short":
            return kind
        case "component":
            return f"component-{kind}"
        case "uri":
            return COMPONENT + kind
        case "sent":
            return settings.text_reads_as if sent == "text" else sent


def _languages(settings: SandboxSettings, sent: list[str] | str) -> list[str] | str:
    if isinstance(sent, str):  # nobody forbids it
        return sent
    match settings.languages_read_as:
        case "lower-case":
            return [one.lower() for one in sent]
        case "upper-case":
            return [one.upper() for one in sent]
        case "sent":
            return sent


def _labels(settings: SandboxSettings, sent: list[str]) -> list[str]:
    match settings.labels_read_as:
        case "lower-case":
            return [one.lower() for one in sent]
        case "reversed":
            return sent[::-1]
        case "sent":
            return sent


def receipt_id(settings: SandboxSettings, own: str) -> str:
    """Return the id of an entity as a receipt tells it."""
    if settings.receipt_ids == "escaped":
        return quote(own, safe="")
    return own.rpartition(":")[2] if settings.receipt_ids == "short" else own
