"""Use case: take back exactly what a run did; keep what someone edited since.

What it created is deleted, and what it changed is put back field by field.

An undo is a run of its own: a plan of one delete for each offer that the run created and that still
exists, applied as any other. It is staged after the question: a plan of deletes that was declined
must not wait in the journal for a resume.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode, SettingsError
from loader.events import Listener, PhaseEnded, RunBegan
from loader.journal import History, Journal, RunRecord
from loader.journal.records import ALREADY_GONE, ALREADY_SO, EDITED, OpenElsewhere, PlannedRow
from loader.merge.update_body import load_body
from loader.model import RowKind, State
from loader.run.history.runs import known_run, open_existing_journal
from loader.run.plan.missing_offers import MissingOffers
from loader.run.reports import HeldOffers, KeptOffer, UndoReport, WouldKeep
from loader.run.requests import Confirm, Plan, UndoRequest
from loader.run.sending.deliver_run import DeliveryResult
from loader.run.sending.staged_run import StagedRun
from loader.run.sending.waiting_for_lease import leased
from loader.run.undo.plan_restores import count_restorable, plan_restores, stays_deleted
from loader.run.wiring import Target, run_target
from loader.settings import Settings

_MOST_KEPT_SHOWN = 20
_MOST_SHOWN = 50
_MOST_IN_PART_SHOWN = 10
_NOTHING_TO_UNDO = "nothing-to-undo"
_ARCHIVED = "archived"
_LOOKED_AT = "(each is looked at just before it is deleted, and kept if it was edited since)"
_KEPT = frozenset(
    {State.FAILED.value, RowKind.CONFLICT.value, RowKind.GONE.value, RowKind.INVALID.value}
)


def undo_run(
    request: UndoRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> UndoReport:
    """Take back what a run did, as far as nobody edited it since. Safe to repeat."""
    with open_existing_journal(settings) as journal:
        run = known_run(journal.history, request.run_id)
        if why := _why_not_undoable(run):
            raise SettingsError(why, code=_NOTHING_TO_UNDO)
        with (
            run_target(run, settings, request.entity) as target,
            leased(journal, target, settings, wait=request.wait, listener=listener) as lease,
        ):
            missing = MissingOffers(
                journal=journal,
                target=target,
                max_per_second=settings.max_per_second,
                listener=listener,
                stop=stop,
            )
            found = _UndoScope.of(run, journal, target, missing=missing, listener=listener)
            digest = found.digest()
            if request.digest not in (None, digest):
                raise SettingsError(
                    f"what there is to take back of run {run.run_id} is not what was shown: look"
                    " at it again; nothing was changed",
                    code="undo-changed",
                )
            undo_id, delivered = "", DeliveryResult()
            if request.dry_run or not found.has_work:
                pass
            elif confirm is not None and not confirm(found.question(target.words)):
                delivered = DeliveryResult(
                    ending=Ending.STOPPED, reason="not confirmed; nothing was sent"
                )
            else:
                original = StagedRun(run_id=run.run_id, journal=journal, target=target, lease=lease)
                if found.unknown:
                    delivered = original.apply(settings, listener=listener, stop=stop, send=False)
                    found = _UndoScope.of(run, journal, target, missing=missing, listener=listener)
                if delivered.ending is Ending.DONE:
                    undo_id = journal.staging.begin_undo(
                        run.run_id, options={}, restored=found.restored, kind=target.entity.kind
                    )
                    listener(RunBegan(run_id=undo_id))
                    undo = StagedRun(run_id=undo_id, journal=journal, target=target, lease=lease)
                    delivered = undo.apply(settings, listener=listener, stop=stop)
                    undo.note_end(delivered)
                    listener(PhaseEnded())
            report = _report(
                journal.history,
                run,
                undo_id,
                target=target.words,
                found=found,
                digest=digest,
                dry_run=request.dry_run,
                delivered=delivered,
            )
            if not request.dry_run:
                return report
            kept = [*_offers_held(found.held), *_offers_kept(found.rows)]
            would_keep = tuple(kept[:_MOST_SHOWN])
            return replace(report, would=_describe_plan(found), would_keep=would_keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class _UndoScope:
    """What an undo of a run has to do."""

    created: int
    changed: int
    pending: int  # not sent yet: it must not be sent after the undo
    unknown: int  # to be looked up first
    restored: Sequence[tuple[int, PlannedRow]]
    held: Sequence[OpenElsewhere]  # to be left, because another run has not finished with them

    @classmethod
    def of(
        cls,
        run: RunRecord,
        journal: Journal,
        target: Target,
        *,
        missing: MissingOffers,
        listener: Listener,
    ) -> "_UndoScope":
        """Read it from the journal, and from the offers that the run changed."""
        held = journal.history.open_elsewhere(run.run_id)
        held_created = sum(each.is_created for each in held)
        changed = count_restorable(journal, run.run_id) - (len(held) - held_created)
        restored: Iterable[tuple[int, PlannedRow]] = ()
        if changed:
            restored = plan_restores(
                journal, run.run_id, target, missing=missing, listener=listener
            )
        left = {each.operation_id for each in held}
        return cls(
            created=journal.history.count_created(run.run_id) - held_created,
            changed=changed,
            pending=journal.history.count_pending(run.run_id),
            unknown=journal.history.count_unknown(run.run_id),
            restored=[(each, row) for each, row in restored if each not in left],
            held=held,
        )

    @property
    def has_work(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.created or self.changed or self.pending or self.unknown)

    @property
    def rows(self) -> list[PlannedRow]:
        """The rows that put something back, or say why not."""
        return [row for _, row in self.restored]

    def digest(self) -> str:
        """Return a digest of all that is done and left; it changes with anything in it."""
        listed = [
            *(self.created, self.changed, self.pending, self.unknown),
            *sorted(each.operation_id for each in self.held),
            *(
                [each, row.kind, row.reason, sha256(row.body).hexdigest()]
                for each, row in self.restored
            ),
        ]
        return sha256(orjson.dumps(listed)).hexdigest()

    def question(self, target: str) -> Plan:
        """Return what a person is asked: how many offers, which stay, and which do so in part."""
        rows = self.rows
        beyond = [row for row in rows if row.kind is not RowKind.PRIMARY]
        in_part = [f"{each.name}: {each.reason}" for each in _offers_kept(rows) if each.in_part]
        return Plan(
            verb="take back the changes of" if rows else "delete",
            target=target,
            offers=self.created + len(rows) - len(beyond),
            deletes=self.created,
            left_out=(
                *_count_reasons(beyond),
                *self.describe_open_rows(),
                *(f"{each.offers} ({each.reason})" for each in _count_held(self.held)),
            ),
            in_part=len(in_part),
            first_in_part=tuple(in_part[:_MOST_IN_PART_SHOWN]),
        )

    def describe_open_rows(self) -> list[str]:
        """Return what becomes of the rows that the run left open."""
        counts = (
            (self.pending, "not sent yet, and not any more"),
            (self.unknown, "without a known outcome, looked up first"),
        )
        return [f"{count} ({words})" for count, words in counts if count]


def _why_not_undoable(run: RunRecord) -> str | None:
    """Return why there is nothing to take back: a plan and a dry run sent nothing."""
    if run.command == "plan" and run.used_by:
        return (
            f"{run.run_id} is a plan, which run {run.used_by} applied: `loader undo {run.used_by}`"
            " takes that run back"
        )
    if run.command == "plan" and run.dry_run:
        return f"{run.run_id} is a plan, which was not applied: there is nothing to take back"
    return f"run {run.run_id} was a dry run: it created nothing" if run.dry_run else None


def _report(
    history: History,
    run: RunRecord,
    undo_id: str,
    *,
    target: str,
    found: _UndoScope,
    digest: str,
    dry_run: bool,
    delivered: DeliveryResult,
) -> UndoReport:
    deleted = gone = restored = in_part = unchanged = as_before = kept = edited = unknown = 0
    first_kept: list[KeptOffer] = []
    pending = 0 if undo_id else found.created + found.changed
    unsettled = history.count_unknown(run.run_id)
    for row in history.results(undo_id) if undo_id else ():
        if row.part_of is not None:
            continue
        gone += row.status == "deleted" and row.error_code == ALREADY_GONE
        deleted += row.status == "deleted" and row.error_code != ALREADY_GONE
        restored += row.status == "updated"
        is_back = row.status == "updated" or row.error_code == ALREADY_SO
        first_error = row.errors[0].message if row.errors else ""
        left = first_error if is_back else ""
        in_part += bool(left)
        unchanged += row.status == "unchanged"
        is_deleted = stays_deleted(row)
        as_before += row.status == "unchanged" and not is_deleted
        edited += row.status == RowKind.CONFLICT or row.error_code == EDITED
        is_kept = row.status in _KEPT
        kept += is_kept
        unknown += row.status == State.UNKNOWN
        pending += row.status == State.PENDING
        is_shown = bool(left) or is_kept or is_deleted
        if is_shown and len(first_kept) < _MOST_KEPT_SHOWN:
            is_gone = is_deleted or row.status == RowKind.GONE
            reason = left or row.error or first_error
            first_kept.append(KeptOffer(row=row, reason=reason, is_gone=is_gone))
    code = ExitCode.OK
    if delivered.ending is Ending.STOPPED:
        code = ExitCode.INTERRUPTED
    elif delivered.ending is not Ending.DONE:
        code = ExitCode.TARGET
    elif found.held or (not dry_run and (unknown or pending or unsettled)):
        code = ExitCode.UNFINISHED
    elif kept or in_part:
        code = ExitCode.ROWS_FAILED
    return UndoReport(
        run_id=run.run_id,
        target=target,
        deleted=deleted,
        already_gone=gone,
        restored=restored,
        restored_in_part=in_part,
        unchanged=unchanged,
        as_before=as_before,
        kept=kept,
        edited=edited,
        unknown=unknown,
        pending=pending,
        withdrawn=found.pending if undo_id or dry_run else 0,
        unsettled=unsettled,
        held=_count_held(found.held),
        went_over=history.went_over(run.run_id),
        first_kept=tuple(first_kept),
        dry_run=dry_run,
        digest=digest,
        stopped_reason=delivered.reason,
        exit_code=code,
    )


def _describe_plan(found: _UndoScope) -> tuple[str, ...]:
    """Return lines on what an undo would do: totals, then the first offers one by one."""
    rows = found.rows
    lines = [f"delete {found.created} that the run created", _LOOKED_AT] if found.created else []
    lines += [f"give up {found.pending} that were not sent yet"] if found.pending else []
    lines += [f"first look up {found.unknown} without a known outcome"] if found.unknown else []
    may_be_final = False
    for row in rows[:_MOST_SHOWN]:
        if row.kind is not RowKind.PRIMARY:
            lines.append(f"leave {row.name}: {row.reason}")
            continue
        body = load_body(row.body)
        lines += [f"put back {row.name}: {each}" for each in replace(body, kept="").lines()]
        lines += [f"leave of {row.name}: {body.kept}"] if body.kept else []
        may_be_final |= any(each.change.before == _ARCHIVED for each in body.changes)
    more = len(rows) - _MOST_SHOWN
    lines += [f"… and {more} more"] if more > 0 else []
    lines += ["(the API may refuse to take an archived offer back)"] if may_be_final else []
    return tuple(lines)


def _offers_kept(rows: Sequence[PlannedRow]) -> list[WouldKeep]:
    """Return the offers that stay as they are, whole or in part."""
    found = []
    for row in rows:
        in_part = row.kind is RowKind.PRIMARY
        reason = load_body(row.body).kept if in_part else row.reason
        if reason:
            found.append(WouldKeep(name=row.name, reason=reason, in_part=in_part))
    return found


def _offers_held(held: Sequence[OpenElsewhere]) -> list[WouldKeep]:
    return [
        WouldKeep(name=offer.name, reason=each.reason, in_part=False)
        for offer in held[:_MOST_SHOWN]
        for each in _count_held([offer])
    ]


def _count_held(held: Sequence[OpenElsewhere]) -> tuple[HeldOffers, ...]:
    """Return how many offers each other run has not finished with."""
    counts = Counter((each.run_id, each.undo_of) for each in held)
    return tuple(
        HeldOffers(run_id=run_id, undo_of=undo_of, offers=offers)
        for (run_id, undo_of), offers in counts.items()
    )


def _count_reasons(rows: Sequence[PlannedRow]) -> tuple[str, ...]:
    """Return how many offers stay as they are, by reason."""
    counts = Counter(row.reason.partition(":")[0] for row in rows)
    return tuple(f"{count} ({reason})" for reason, count in counts.items())
