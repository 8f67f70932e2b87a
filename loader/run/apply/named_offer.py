"""The offer that a person names as an unknown row's: looked up, and refused where it is not.

An id that was pasted by mistake would make the row `created` for ever, and an undo would then look
at the offer of somebody else. A row that stays unknown does no harm, so every id is looked up.
"""

import orjson

from loader.api.client import open_client
from loader.errors import SettingsError, TargetError
from loader.journal import Journal, Lease, Operations
from loader.journal.records import SourceRow
from loader.model import Receipt, RemoteOffer, UnknownRow
from loader.name_folding import may_be_stored_as
from loader.run.requests import ResolveRequest
from loader.run.wiring import Target, run_async


def receipt_of_named_offer(
    request: ResolveRequest, row: SourceRow, *, journal: Journal, lease: Lease, target: Target
) -> Receipt:
    """Return the receipt of the offer that a person names.

    Raises `SettingsError` where it is not the row's, and `TargetError` where the API does not say.
    """

    async def work() -> Receipt:
        async with journal.operations(row.done_by, lease=lease) as operations:
            await _refuse_claimed(request.created_id, operations)
            offer = await _look_up(request, target)
            (unknown,) = await operations.unknown(after=row.operation_id - 1, limit=1)
            if not await _may_belong_to(unknown, offer, target, operations):
                raise SettingsError(
                    f"row {request.row_number} is {unknown.job.name!r}, and the offer"
                    f" {request.created_id} is {offer.name!r}, which is no form of that name:"
                    f" {_still_open(request)}. Look again, and name the offer of this row; or say"
                    " --absent. Where it is the row's all the same, give it the name of the row in"
                    " Adobe first"
                )
            return offer.receipt

    return run_async(work)


def claimed_by_another_row(remote_id: str, name: str) -> SettingsError:
    """Return the refusal of an offer that another row created."""
    return SettingsError(
        f"the offer {remote_id} was created for another row, {name!r}: look again, and name the"
        " offer of this row; or say --absent"
    )


async def _refuse_claimed(remote_id: str, operations: Operations) -> None:
    """Raise `SettingsError` if another row created the offer, before the API is asked."""
    for name in (await operations.claimed([remote_id])).values():
        raise claimed_by_another_row(remote_id, name)


async def _look_up(request: ResolveRequest, target: Target) -> RemoteOffer:
    remote_id = request.created_id
    try:
        async with open_client(target.api, target.entity.endpoints) as client:
            offer = await client.lookup(remote_id)
    except TargetError as error:
        raise type(error)(
            f"the id {remote_id!r} cannot be looked up, so {_still_open(request)}: {error}",
            code=error.code,
        ) from error
    if offer is None:
        raise SettingsError(
            f"none of the {target.entity.plural} has the id {remote_id!r}, looked up at"
            f" {target.words}: {_still_open(request)}. Copy the whole id from the error of the row"
            " or from the offer's page; or say --absent"
        )
    return offer


async def _may_belong_to(
    row: UnknownRow, offer: RemoteOffer, target: Target, operations: Operations
) -> bool:
    """Return whether an offer may be the row's, by the rule by which a look-up names candidates.

    It has a form of the row's name, or the row's contents under a name that no row has.
    """
    if may_be_stored_as(row.job.name, offer.name):
        return True
    contents_of, dialect = target.entity.contents_of, target.api.dialect
    sent = contents_of(orjson.loads(row.job.body), dialect)
    if not sent or sent != contents_of(offer.offer, dialect):
        return False
    return not await operations.names_of_rows([offer.name])


def _still_open(request: ResolveRequest) -> str:
    return f"row {request.row_number} stays unknown"
