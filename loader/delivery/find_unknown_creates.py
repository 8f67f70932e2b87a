"""Find out what became of unknown rows, from whole listings of the target and nothing else.

An offer in a listing is evidence that it is there. That a row's offer is *not* there is concluded
only from two whole listings, with the settle time before each, that show nothing with a name like
the row's, but do show what this run is known to have created. No filter is asked for it: what a
filter means depends on how the server parses the value.

One listing serves all unknown rows, and only their names are kept meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import anyio

from loader.delivery.baseline import Baseline
from loader.delivery.creates_in_listing import DECIDE, Candidates, UnknownNames, is_named
from loader.delivery.ports import Library, OnExisting
from loader.delivery.shared import Shared
from loader.delivery.stoppable_waits import pause, settle_seconds_left
from loader.delivery.taken_names import settle_taken_names
from loader.delivery.withheld_by_unknown import (
    MOST_UNKNOWN,
    NO_REPLY,
    UnknownSet,
    unknown_pages,
)
from loader.events import Limited
from loader.model import NO_ID, OperationEvent, RemoteOffer, UnknownRow
from loader.name_folding import may_be_stored_as

_PAGE: Final = 200
_NOT_LISTED: Final = ", but it is not in the list"
_MOST_AT_ONCE: Final = 20_000  # unknown rows that one listing serves


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReconciler:
    """Looks for rows on the server."""

    shared: Shared
    library: Library
    baseline: Baseline = field(default_factory=Baseline)

    async def take_baseline(self) -> None:
        """Record which offers have the names of pending rows already, and settle those rows.

        What runs deleted within the settle time may still be listed.
        """
        deleted_before = self.shared.clock.now() - self.shared.policy.settle_seconds
        await self.shared.ledger.forget_baseline()
        unknown = UnknownSet()
        async for rows in unknown_pages(self.shared.ledger):
            self.baseline.add_unknown(row.job.operation_id for row in rows)
            for row in rows[: MOST_UNKNOWN - len(unknown.ids)]:
                unknown.add(row.job)
        seen = 0
        async for page in self.library.offers():
            seen += len(page)
            self.shared.listener(
                Limited(by=f"looking at the offers that are there already: {seen:,} so far")
            )
            self.baseline.add(offer.receipt.instance_id for offer in page)
            self.baseline.add_names(offer.name for offer in page)
            await self.shared.ledger.mark_existing(page, deleted_before=deleted_before)
        if self.shared.stop.requested() or self.shared.policy.on_existing is OnExisting.DUPLICATE:
            return  # a stop may have ended the listing early
        await settle_taken_names(self.shared, unknown, deleted_before=deleted_before)

    async def settle_unknown(
        self, only: AbstractSet[int] | None = None, *, since: float | None = None
    ) -> int:
        """Look for every unknown row, or `only` for some; return how many were found.

        `since` is when this process last learned of an unknown outcome, by the monotonic clock;
        None before it sent anything, when the journal's times are all there is.
        """
        found, after = 0, 0
        while not self.shared.stop.requested():
            names = await self._names(after, only)
            if not names.ids:
                break
            after = names.last_id
            found += await self._settle(names, since=since)
        self._report_limit("")
        return found

    async def _names(self, after: int, only: AbstractSet[int] | None) -> UnknownNames:
        names = UnknownNames(contents_of=self.library.contents_of, last_id=after)
        while len(names.ids) < _MOST_AT_ONCE:
            rows = await self.shared.ledger.unknown(after=names.last_id, limit=_PAGE)
            if not rows:
                break
            names.last_id = rows[-1].job.operation_id
            names.add(row for row in rows if only is None or row.job.operation_id in only)
        return names

    async def _settle(self, names: UnknownNames, *, since: float | None) -> int:
        """Check two listings, with a settle time before each: lists lag, and requests are late."""
        first = settle_seconds_left(
            self.shared.policy.settle_seconds,
            clock=self.shared.clock,
            since=since,
            last_sent_at=names.last_sent_at,
        )
        found = 0
        for look in (1, 2):
            if not await self._wait(first if look == 1 else self.shared.policy.settle_seconds):
                return found
            found += await self._check_listing(names)
            if self.shared.stop.requested() or not names.ids:
                return found
        await self._conclude_absent(names)
        return found

    async def _check_listing(self, names: UnknownNames) -> int:
        """Compare one listing with the rows; return how many were found.

        Decided rows, for now or for good, are removed from `names`: the others were not found.
        """
        known = await self.shared.ledger.latest_done(
            before=self.shared.clock.now() - self.shared.policy.settle_seconds
        )
        candidates: dict[int, Candidates] = {}
        is_shown = known is None
        async for page in self.shared.reads.pages(aiter(self.library.offers())):
            is_shown = is_shown or any(one.receipt.instance_id == known for one in page)
            await self._compare(page, names, candidates)
        if self.shared.stop.requested():
            return 0  # it may have ended the listing early
        found = await self._conclude_found(candidates, names)
        await self._conclude_ambiguous(candidates, names)
        if not is_shown:
            await self._keep_all_unknown(
                names,
                f"the list does not show {known}, which this run created before, so it does not"
                f" prove that something is absent; {DECIDE}",
            )
        return found

    async def _compare(
        self,
        page: Sequence[RemoteOffer],
        names: UnknownNames,
        candidates: dict[int, Candidates],
    ) -> None:
        """Add the offers of a page to the candidates of the rows that they may belong to."""
        offers = [offer for offer in page if names.may_hold(offer)]
        if not offers:
            return
        claimed = await self.shared.ledger.claimed([one.receipt.instance_id for one in offers])
        of_rows = await self.shared.ledger.names_of_rows([*{one.name for one in offers}])
        pairs: list[tuple[RemoteOffer, int]] = []
        for offer in offers:
            is_of_a_row = offer.receipt.instance_id in claimed or offer.name in of_rows
            pairs += ((offer, key) for key in names.rows_of(offer, is_of_a_row=is_of_a_row))
        rows = await self._rows({key for _, key in pairs})
        for offer, key in pairs:
            row, remote_id = rows.get(key), offer.receipt.instance_id
            if row is None:
                continue
            if remote_id in row.baseline or self.baseline.excludes(remote_id, key):
                if is_named(row.named_id, offer.receipt):
                    await self._forget_named_id(row)
                continue
            if remote_id in claimed and may_be_stored_as(claimed[remote_id], offer.name):
                continue  # of the row that got its id
            is_like = may_be_stored_as(row.job.name, offer.name)
            if not is_like and (remote_id in claimed or offer.name in of_rows):
                continue  # another row's: by its id, though renamed, or by its name
            found = candidates.setdefault(key, Candidates())
            given_to = claimed.get(remote_id)
            self._add_candidate(found, row, offer, is_like=is_like, given_to=given_to)

    def _add_candidate(
        self,
        found: Candidates,
        row: UnknownRow,
        offer: RemoteOffer,
        *,
        is_like: bool,
        given_to: str | None,
    ) -> None:
        """Add an offer that may be a row's, of a name like its own or of another one.

        `given_to` is the name of the row that got its id.
        """
        remote_id = offer.receipt.instance_id
        if given_to is None and is_named(row.named_id, offer.receipt):
            found.named.append(offer.receipt)
        if not is_like:
            found.renamed.append((remote_id, offer.name))
        elif given_to is not None:
            found.disputed.append((remote_id, given_to))
        elif self.library.same_offer(row.job.body, offer):
            found.equal.append(offer.receipt)
        else:
            found.like.append((remote_id, offer.name))

    async def _rows(self, operation_ids: Iterable[int]) -> dict[int, UnknownRow]:
        """Read some unknown rows, in one transaction."""
        found: dict[int, UnknownRow] = {}

        async def read(operation_id: int) -> None:
            for row in await self.shared.ledger.unknown(after=operation_id - 1, limit=1):
                found[row.job.operation_id] = row

        async with anyio.create_task_group() as group:
            for operation_id in operation_ids:
                group.start_soon(read, operation_id)
        return found

    async def _conclude_found(self, candidates: dict[int, Candidates], names: UnknownNames) -> int:
        """Conclude the rows that exactly one offer equals, or that a reply named one for.

        No offer is two rows'.
        """
        taken: set[str] = set()
        found = 0
        times = Counter(one.instance_id for each in candidates.values() for one in each.named)
        for operation_id, row_candidates in sorted(candidates.items()):
            rest = row_candidates.without(taken)
            matches = rest.equal
            if len(matches) != 1:
                matches = [one for one in rest.named if times[one.instance_id] == 1]
            if len(matches) != 1:
                continue
            taken.add(matches[0].instance_id)
            await self.shared.ledger.conclude(
                operation_id,
                OperationEvent.FOUND,
                receipt=matches[0],
                evidence=f"{NO_REPLY}; the offer was found on the server",
            )
            names.ids.discard(operation_id)
            found += 1
        for operation_id, row_candidates in candidates.items():
            candidates[operation_id] = row_candidates.without(taken)
        return found

    async def _conclude_ambiguous(
        self, candidates: dict[int, Candidates], names: UnknownNames
    ) -> None:
        undecided = [
            key for key, one in candidates.items() if key in names.ids and not one.is_empty
        ]
        for operation_id, row in (await self._rows(undecided)).items():
            evidence = candidates[operation_id].evidence(row.job.name)
            await self._keep_unknown(operation_id, evidence)
            names.ids.discard(operation_id)

    async def _conclude_absent(self, names: UnknownNames) -> None:
        async for rows in unknown_pages(self.shared.ledger):
            async with anyio.create_task_group() as group:
                for row in rows:
                    if row.job.operation_id in names.ids:
                        group.start_soon(self._conclude_one_absent, row)

    async def _conclude_one_absent(self, row: UnknownRow) -> None:
        operation_id = row.job.operation_id
        if row.must_exist:
            answer = _first_answer(row) or "a reply said created (HTTP 2xx) or existing (HTTP 409)"
            await self._keep_unknown(operation_id, f"{answer}{_NOT_LISTED}; {DECIDE}")
        elif not self.shared.policy.resend_absent:
            why = "looked for twice and not found; not sent again (on_absent hold)"
            await self._keep_unknown(operation_id, f"{why}; {DECIDE}")
        else:
            if row.had_no_reply:
                self.shared.unknown.sent_before.add(operation_id)
            await self.shared.ledger.conclude(
                operation_id,
                OperationEvent.ABSENT,
                receipt=None,
                evidence=f"{row.answer or NO_REPLY}; looked for twice and not found",
            )

    async def _keep_all_unknown(self, names: UnknownNames, evidence: str) -> None:
        for operation_id in sorted(names.ids):
            await self._keep_unknown(operation_id, evidence)
        names.ids.clear()

    async def _forget_named_id(self, row: UnknownRow) -> None:
        """Record that a reply named an older offer, so that no later look-up relies on that id."""
        answer = _first_answer(row) or f"a reply named {row.named_id}"
        await self.shared.ledger.conclude(
            row.job.operation_id,
            OperationEvent.AMBIGUOUS,
            receipt=NO_ID,
            evidence=f"{answer}, the id of an offer that was there before",
        )

    async def _keep_unknown(self, operation_id: int, evidence: str) -> None:
        await self.shared.ledger.conclude(
            operation_id, OperationEvent.AMBIGUOUS, receipt=None, evidence=evidence
        )

    async def _wait(self, seconds: float) -> bool:
        def report(rest: float) -> None:
            self._report_limit(f"looking for rows without a reply in {rest:.0f} s")

        return await pause(seconds, clock=self.shared.clock, stop=self.shared.stop, report=report)

    def _report_limit(self, by: str) -> None:
        if not self.shared.unknown.is_sending:  # then the sending is what is waited for
            self.shared.listener(Limited(by=by))


def _first_answer(row: UnknownRow) -> str:
    """Return the answer of a reply, without what an earlier look-up added."""
    return row.answer.partition(_NOT_LISTED)[0]
