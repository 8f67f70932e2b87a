"""Since when the target shows the offers that a run changes, by the journal."""

from loader.delivery.delivery import OfferTimes
from loader.journal import Journal, RunRecord


def times_of_offers(
    journal: Journal, run: RunRecord | None, *, settle_seconds: float
) -> OfferTimes:
    """Return what the journal knows of the offers that a run changes.

    An undo takes back what runs did, perhaps a moment ago; a plan names what a list has shown, and
    may be older than what other runs wrote to the same offers. A load changes no offer.
    """
    if run is None or run.command == "load":
        return OfferTimes()
    history, run_id = journal.history, run.run_id
    written_at = journal.snapshots.last_write(run_id, within=settle_seconds, by_others=True)
    newest_to_delete = history.newest_to_delete(run_id)
    if run.command == "undo":
        return OfferTimes(
            settled_from=written_at,
            newest_to_delete=newest_to_delete,
            seen_at=max(run.started_at, written_at),
        )
    plan = history.run(run.of_run) if run.of_run else None
    seen_at = (plan.finished_at if plan is not None else None) or run.started_at
    return OfferTimes(newest_to_delete=newest_to_delete, seen_at=max(seen_at, written_at))
