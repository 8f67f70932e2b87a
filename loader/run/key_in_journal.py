"""Under which key the journal knows a target: one for each place, so that it knows all of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from loader.errors import JournalMismatch
from loader.journal import Journal
from loader.run.wiring import Target
from loader.same_target import is_same_target, may_be_same_target
from loader.target_words import target_in_words

_NO_CONTAINER: Final = "without LOADER_CONTAINER_ID"


def as_known(target: Target, journal: Journal) -> Target:
    """Return a target under the key that the journal has for it.

    Raises `JournalMismatch` where the journal's container was set in another way.
    """
    return replace(target, key=_as_spelled(target, keys_of_place(journal, target.key)))


def known_key(target: Target, journal: Journal) -> str:
    """Return the key that the journal has for a target, of another spelling maybe; else its own."""
    return _as_spelled(target, journal.history.targets())


def key_with_container(target: Target, journal: Journal) -> str | None:
    """Return the key of a place that the journal's runs changed, if only that one has a container.

    The container that the API finds for the target may be the one that it names.
    """
    found = (
        key
        for key in journal.history.targets()
        if may_be_same_target(key, target.key)
        and _container_of(key)
        and not _container_of(target.key)
        and journal.history.has_changed(key)
    )
    return next(found, None)


def _as_spelled(target: Target, keys: Iterable[str]) -> str:
    """Return the key of a target among others, of another spelling maybe; else its own.

    Of several it is the one that an older version would go on with, else the one used last.
    """
    known = [key for key in keys if is_same_target(key, target.key)]
    older = target.api.target_of_older_versions()
    return older if older in known else next(iter(known), target.key)


def keys_of_place(journal: Journal, key: str) -> list[str]:
    """Return the keys that may name the place of `key`, of runs and of loaders that begin one.

    Raises `JournalMismatch` where only `key`, or only the run that changed the place last, has a
    container. Whether the container that the API found is the one that is named cannot be said, and
    what the journal knows of the place it knows under one key.
    """
    keys = [each for each in journal.history.targets() if may_be_same_target(each, key)]
    if not all(is_same_target(each, key) for each in keys):
        _check_container(journal, key, keys)
    return keys


def _check_container(journal: Journal, key: str, keys: Iterable[str]) -> None:
    used = next((each for each in keys if journal.history.has_changed(each)), key)
    if is_same_target(used, key):
        return
    advice = how_container_is_set(used)
    if advice == _NO_CONTAINER:
        advice += "; if the sandbox has several containers by now, load with another --journal"
    raise JournalMismatch(
        f"the journal {journal.place} knows {target_in_words(used)}, where run"
        f" {journal.history.last_of(used)} was the last. The settings name"
        f" {target_in_words(key)}, which may be the same place: offers could be created twice."
        f" Go on with the settings of that run: {advice}"
    )


def how_container_is_set(key: str) -> str:
    """Return how the settings of a run name its container."""
    container = _container_of(key)
    return f"LOADER_CONTAINER_ID={container}" if container else _NO_CONTAINER


def _container_of(key: str) -> str:
    container = key.split("|")[3:]
    return container[0] if container else ""
