"""Whether the tables of loader.toml for a watched folder can be used: what `loader doctor` says."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from loader.errors import LoaderError, SettingsError
from loader.redaction import SECRETS
from loader.run.reports import Diagnosis, Health
from loader.settings.config_file import Document
from loader.settings.metrics import metrics_settings
from loader.settings.notify import notify_settings


def watching_diagnoses(document: Document, *, environment: Mapping[str, str]) -> list[Diagnosis]:
    """Check [notify] and [metrics]; nothing is sent, and no port is opened."""
    checks: dict[str, Callable[[], str]] = {
        "notify": lambda: _notify(document, environment),
        "metrics": lambda: _metrics(document),
    }
    return [found for subject, check in checks.items() for found in _diagnose(subject, check)]


def _diagnose(subject: str, check: Callable[[], str]) -> Iterator[Diagnosis]:
    try:
        message = check()
    except LoaderError as error:
        yield Diagnosis(subject=subject, health=Health.FAILED, message=str(error))
    else:
        if message:
            yield Diagnosis(subject=subject, health=Health.OK, message=message)


def _notify(document: Document, environment: Mapping[str, str]) -> str:
    settings = notify_settings(document, environment=environment)
    SECRETS.add(*settings.secret_values())
    ways = [name for name in ("webhook", "email") if getattr(settings, name) is not None]
    return f"{' and '.join(ways)} (`loader inbox test-notify` sends a test)" if ways else ""


def _metrics(document: Document) -> str:
    settings = metrics_settings(document)
    if settings.textfile is not None and not _may_be_written(settings.textfile):
        raise SettingsError(
            f"[metrics] textfile {settings.textfile}: its folder is not there, or may not be"
            " written to"
        )
    return " and ".join(str(each) for each in (settings.address, settings.textfile) if each)


def _may_be_written(path: Path) -> bool:
    return path.parent.is_dir() and os.access(path.parent, os.W_OK)
