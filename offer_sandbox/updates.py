"""Updates by clients: a JSON Patch or a whole new body, guarded by tests or by a revision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from offer_sandbox import decided_later, repository
from offer_sandbox.json_values import covers
from offer_sandbox.messages import Call, Reply, as_json, problem
from offer_sandbox.patch import (
    OPERATIONS,
    FailedTest,
    InapplicablePatch,
    MalformedPatch,
    apply_patch,
    asserted,
    changed_pointers,
    operations_of,
)
from offer_sandbox.settings import SandboxSettings
from offer_sandbox.state import State
from offer_sandbox.store import Entity

_DOCUMENTED: Final = {
    "dps": frozenset({"add", "replace", "remove", "copy", "test"}),
    "xcore": frozenset({"add", "replace", "remove"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a patch sees of an entity."""

    shown: Mapping[str, Any]
    root: str  # the pointer of its body
    etag: str  # the pointer of its revision
    fixed: frozenset[str]  # pointers that no client may change


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a client asked for."""

    body: Callable[[Entity], Any]  # the new one. Raises `Refusal`
    asserted: Callable[[Entity], frozenset[str]]  # pointers whose value now the client named
    revision: str | None  # of `If-Match`, where it is honoured


def by_patch(
    state: State,
    call: Call,
    operations: object,
    *,
    revision: str | None,
    view: Callable[[Entity], View],
) -> Update:
    """Return the update that a PATCH asks for."""
    return Update(
        body=lambda held: _patched_body(state.settings, held, operations, view(held)),
        asserted=lambda held: (
            _tested_pointers(view(held), operations) | decided_later.named_revision(call, held)
        ),
        revision=revision,
    )


def by_put(call: Call, body: object, *, revision: str | None) -> Update:
    """Return the update that a PUT asks for."""
    return Update(
        body=lambda _: body,
        asserted=lambda held: decided_later.named_revision(call, held),
        revision=revision,
    )


def reply_to(
    settings: SandboxSettings, receipt: dict[str, Any], whole: dict[str, Any], **headers: str
) -> Reply:
    """Return the reply to an update that was made."""
    match settings.update_reply:
        case "receipt":
            return as_json(200, receipt, **headers)
        case "object":
            return as_json(200, whole, **headers)
        case "nothing":
            return Reply(status=204, headers=headers)


def carry_out(
    state: State,
    call: Call,
    entity: Entity,
    update: Update,
    receipt: Callable[[Entity], Reply],
    *,
    base: str,
) -> Reply:
    """Carry an update out, or defer it to a path after `base`."""
    settings = state.settings

    def work(held: Entity) -> Reply:
        body = _checked_body(state, held, update)
        changed = repository.change(state, held, body, asserted=update.asserted(held))
        return receipt(changed)

    if settings.updates != "poll":
        return work(entity)
    _checked_body(state, entity, update)
    refusal = None
    if settings.update_outcome == "refused":
        refusal = problem(settings.update_refusal_status, f"{entity.id} cannot be changed so")
    return decided_later.defer(
        state,
        call,
        entity,
        work,
        refusal=refusal,
        refusal_status=settings.update_refusal_status,
        seconds=settings.update_seconds,
        path=f"{base}/changes",
    )


def _checked_body(state: State, held: Entity, update: Update) -> dict[str, Any]:
    repository.check_revision(state, held, update.revision)
    return repository.checked(state, held.shelf, update.body(held), held=held)


def _patched_body(settings: SandboxSettings, held: Entity, operations: object, view: View) -> Any:
    allowed = _DOCUMENTED[held.shelf.dialect]
    if settings.patch_operations == "all":
        allowed = OPERATIONS
    word = view.root.removeprefix("/")
    try:
        for pointer in changed_pointers(operations_of(operations, allowed=allowed)):
            _check_editable(pointer, view)
        changed = apply_patch(
            {word: held.body} if word else held.body,
            operations,
            shown=view.shown,
            ignore_tests=settings.patch_test == "ignored",
        )
    except MalformedPatch as error:
        raise problem(settings.invalid_body_status, str(error)) from None
    except InapplicablePatch as error:
        raise problem(settings.inapplicable_patch_status, str(error)) from None
    except FailedTest as error:
        raise problem(settings.failed_test_status, str(error)) from None
    return changed[word] if word else changed


def _check_editable(pointer: str, view: View) -> None:
    is_inside = pointer.startswith(f"{view.root}/")
    if not is_inside or any(covers(fixed, pointer) for fixed in view.fixed):
        raise problem(422, f"The property {pointer or 'as a whole'} is not user editable")


def _tested_pointers(view: View, operations: object) -> frozenset[str]:
    """Return the pointers, inside the body, whose value now the tests of a patch name."""
    tested = asserted(view.shown, operations)
    whole = {""} if tested & {view.etag, view.root, ""} else set()
    inside = {one.removeprefix(view.root) for one in tested if one.startswith(f"{view.root}/")}
    return frozenset(whole | inside)
