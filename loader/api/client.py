"""The Offer Library: send, change and delete an offer, and read what is there.

`send`, `update` and `delete` raise nothing for an error of the network: they return an `Outcome`.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, TypeVar

import httpx
import orjson

from loader.api.check_listing import ListingCheck, next_url
from loader.api.decided_later import Decision, read_decision
from loader.api.delete_outcome import judge_delete_refusal, wait_until_gone
from loader.api.departure_hooks import DepartureHooks
from loader.api.dialect import Wire, offer_decision_of, placement_of, tag_of
from loader.api.dps import DpsWire
from loader.api.error_body import parse_error
from loader.api.is_update_applied import UpdateState
from loader.api.outcome import judge, refuses_the_token
from loader.api.proxy_and_certificate_faults import http_proxy
from loader.api.reader import Reader
from loader.api.relaxed_gc import relaxed_gc
from loader.api.target import ApiSettings
from loader.api.tokens import Tokens
from loader.api.transport import Reply, Request, Transport
from loader.api.trust import tls_context
from loader.api.update_outcome import Update, judge_update
from loader.api.xcore import CONTAINERS_PATH, HOME, XcoreWire, find_container
from loader.errors import AuthError, TargetError
from loader.model import Dialect, Outcome, OutcomeKind, Receipt, RemoteOffer
from loader.validation.entity import Endpoints
from loader.validation.references import OfferDecision, Placement, Tag

_MISSING: Final = frozenset({404})
_NOT_LISTED: Final = frozenset({403, 404})  # no permission, or no such list
_MOST_LISTED: Final = 100_000  # a hundred times the documented limit of the platform
T = TypeVar("T")


@asynccontextmanager
async def open_client(
    settings: ApiSettings, endpoints: Endpoints, *, is_stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator["OfferClient"]:
    """Open a client for one kind of entity: with a token, and for xcore with its container.

    No wait for a token outlasts a stop.

    Raises `SettingsError`, `AuthError`, or `TargetError` where the API cannot be reached.
    """
    tls = tls_context(settings.ca_file, is_used=settings.uses_tls)  # once: it takes time
    transport = Transport(
        total_seconds=settings.request_timeout_seconds,
        connect_seconds=settings.connect_timeout_seconds,
        connections=settings.max_in_flight + 2,
        tls=tls,
        proxy=settings.api_proxy,
        headers={
            "x-api-key": settings.client_id,
            "x-gw-ims-org-id": settings.org_id,
            "x-sandbox-name": settings.sandbox_name,
        },
    )
    http = httpx.AsyncClient(
        verify=tls,
        proxy=http_proxy(settings.ims_proxy, tls),
        timeout=httpx.Timeout(
            settings.request_timeout_seconds, connect=settings.connect_timeout_seconds
        ),
        follow_redirects=False,
        trust_env=False,
    )
    with relaxed_gc(in_flight=settings.max_in_flight):
        async with http, transport:
            tokens = Tokens(settings, http, is_stopping=is_stopping)
            await tokens.current()
            reader = Reader(settings, transport, tokens)
            wire = await _make_wire(settings, endpoints, reader)
            yield OfferClient(reader, wire, is_stopping=is_stopping)


async def _make_wire(settings: ApiSettings, endpoints: Endpoints, reader: Reader) -> Wire:
    if settings.dialect is Dialect.DPS:
        return DpsWire(endpoints)
    container = settings.container_id
    if not container:
        pages = reader.documents(reader.url_of(CONTAINERS_PATH), {"Accept": HOME})
        container = await find_container(pages, sandbox_name=settings.sandbox_name)
    return XcoreWire(endpoints, container_id=container, in_envelope=settings.xcore_envelope)


class OfferClient:
    """One target, one dialect. Made by `open_client`."""

    def __init__(self, reader: Reader, wire: Wire, *, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping
        self._reader = reader
        self._transport = reader.transport
        self._tokens = reader.tokens
        self._wire = wire
        self._create_request = lru_cache(maxsize=1)(self._new_create_request)  # by token

    @property
    def token_notice(self) -> str:
        """What is strange about the token, though it can be used; "" for nothing."""
        return self._tokens.notice

    async def send(self, body: bytes, hooks: DepartureHooks | None = None) -> Outcome:
        """POST one payload, once; return the outcome."""
        reply = await self._send_once(lambda token: self._post(token, body, hooks), hooks)
        if isinstance(reply, Outcome):
            return reply
        return judge(reply, receipt=self._wire.receipt, now=time.time())

    async def _send_once(
        self, exchange: Callable[[str], Awaitable[Reply]], hooks: DepartureHooks | None
    ) -> Reply | Outcome:
        """Send what must not be repeated: again only after a 401, with a fresh token."""
        try:
            token = await self._tokens.current()
            reply = await exchange(token)
            if not refuses_the_token(reply):
                return reply
            token = await self._tokens.renew_if_stale(token)
            if hooks is not None and not await hooks.wait_to_resend():
                return _not_sent(401, "not sent again: the run is stopping")
            reply = await exchange(token)
        except AuthError as error:
            return _halted(str(error))
        except TargetError as error:
            return Outcome(
                kind=OutcomeKind.NOT_ACCEPTED, code="no-token", message=str(error), began=False
            )
        if refuses_the_token(reply):
            return _halted(f"the API refuses a fresh token: {parse_error(reply.body)}")
        return reply

    def _post(self, token: str, body: bytes, hooks: DepartureHooks | None) -> Awaitable[Reply]:
        return self._transport.exchange(
            self._create_request(token), self._wire.body(body), hooks=hooks
        )

    def _new_create_request(self, token: str) -> Request:
        url = self._reader.url_of(self._wire.create_path)
        headers = self._reader.headers(token, self._wire.create_headers)
        return Request(method="POST", url=url, headers=headers)

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        """Yield every offer of the target, page by page, in an order that writes do not change.

        Raises `TargetError`, at the latest at the end, where this was not the whole list.
        """
        listing = ListingCheck(where="the list of offers")
        async for items in self._pages(self._wire.list_path, listing):
            yield [self._offer(item, listing) for item in items or ()]

    def _offer(self, item: Mapping[str, Any], listing: ListingCheck) -> RemoteOffer:
        offer = self._wire.offer(item)
        if offer is None:
            raise listing.item_error("has no id")
        listing.add_id(offer.receipt.instance_id)
        if not isinstance(offer.offer.get(self._wire.name_field), str):
            raise listing.item_error(f"({offer.receipt.instance_id}) has no name")
        return offer

    async def placements(self) -> Sequence[Placement] | None:
        """Return every placement, or None where the API does not list them to us."""
        return await self._list_all(self._wire.placements_path, placement_of)

    async def tags(self) -> Sequence[Tag] | None:
        """Return every tag, or None where the API does not list them to us."""
        return await self._list_all(self._wire.tags_path, tag_of)

    async def decisions(self) -> Sequence[OfferDecision] | None:
        """Return every decision, or None where the API does not list them to us."""
        return await self._list_all(self._wire.decisions_path, offer_decision_of)

    async def _list_all(
        self, path: str, read: Callable[[Mapping[str, Any]], T | None]
    ) -> Sequence[T] | None:
        found: list[T] = []
        listing = ListingCheck(where="a list of names")
        async for items in self._pages(path, listing, may_fail=_NOT_LISTED):
            if items is None:
                return None
            found += [each for one in items if (each := read(self._wire.bare(one)))]
            if len(found) > _MOST_LISTED:
                raise TargetError(
                    f"the API lists more than {_MOST_LISTED} of one kind: give ids, and"
                    " load with --placements ids-only"
                )
        return found

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        """Return one offer, or None where it is not there."""
        path = self._wire.offer_path(remote_id)
        url = self._reader.url_of(path)
        document = await self._reader.read(url, headers=self._wire.read_headers, may_fail=_MISSING)
        if document is None:
            return None
        offer = self._wire.offer(document)
        if offer is None or offer.receipt.instance_id != remote_id:
            raise TargetError(
                f"the API's answer to the offer {remote_id} is not that offer, so it proves"
                " nothing: try again later, and show the answer to Adobe if it stays so",
                code="not-a-list",
            )
        return offer

    async def delete(
        self, remote_id: str, hooks: DepartureHooks | None = None, *, etag: str = ""
    ) -> Outcome:
        """Delete one offer by one request; return the outcome, done only where it was seen gone.

        `etag` is the revision that was read last; DPS deletes whatever is there.
        """
        url = self._reader.url_of(self._wire.offer_path(remote_id))
        headers = self._wire.delete_headers(etag)
        reply = await self._send_once(
            lambda token: self._reader.with_token("DELETE", url, token, headers, hooks), hooks
        )
        if isinstance(reply, Outcome):
            return reply
        if reply.status is None or not 200 <= reply.status < 300:
            outcome = await judge_delete_refusal(reply, remote_id, self, etag=etag)
        else:
            outcome = await wait_until_gone(
                remote_id, reply, self, etag=etag, is_stopping=self._is_stopping
            )
        return replace(outcome, request_id=reply.request_id)

    async def update(
        self,
        remote_id: str,
        patch: bytes,
        *,
        etag: str = "",
        hooks: DepartureHooks | None = None,
        is_settled: Callable[[], bool] = lambda: True,
    ) -> Outcome:
        """PATCH one offer, once; return the outcome, with a code of `UpdateCode`.

        `patch` is a JSON Patch whose paths begin at the document of the dialect, with a test of
        each value that it replaces; `etag` is the revision that was read last. `is_settled` says
        whether reads show by now what the patch was made against.
        """
        update = Update.of(remote_id, patch, etag, root=self._wire.patch_root)
        steps, more = self._wire.patch(update.steps, etag)
        url, body = self._reader.url_of(self._wire.offer_path(remote_id)), orjson.dumps(steps)

        async def exchange(token: str) -> Reply:
            headers = self._reader.headers(token, more)
            request = Request(method="PATCH", url=url, headers=headers)
            return await self._transport.exchange(request, body, hooks=hooks)

        reply = await self._send_once(exchange, hooks)
        if isinstance(reply, Outcome):
            return reply
        outcome = await judge_update(
            update,
            reply,
            self,
            receipt=self._wire.receipt,
            is_settled=is_settled,
            is_stopping=self._is_stopping,
        )
        return replace(outcome, request_id=reply.request_id)

    def update_state(
        self, remote_id: str, patch: bytes, there: RemoteOffer | None, *, etag: str = ""
    ) -> UpdateState:
        """Say whether an offer that was read has an update."""
        return Update.of(remote_id, patch, etag, root=self._wire.patch_root).update_state(there)

    async def poll_accepted_change(self, location: str) -> Decision:
        """Ask at the Location of an accepted change what became of it."""
        try:
            url = next_url(location, current=self._reader.base, base=self._reader.base)
        except TargetError:  # it leads to another place, which must not get our token
            return Decision()
        reply = await self._reader.exchange("GET", url, self._wire.read_headers)
        return read_decision(reply, receipt=self._receipt_alone)

    def _receipt_alone(self, document: Mapping[str, Any]) -> Receipt | None:
        """Return the receipt in a document, None where it is the offer itself.

        A later revision of the offer may be an edit by somebody else: a look-up tells.
        """
        offer = self._wire.offer(document)
        is_offer = offer is not None and bool(offer.name)
        return None if is_offer else self._wire.receipt(document)

    async def _pages(
        self, path: str, listing: ListingCheck, *, may_fail: frozenset[int] = frozenset()
    ) -> AsyncIterator[Sequence[Mapping[str, Any]] | None]:
        """Yield the items of each page; None for a list that `may_fail` and did."""
        headers = self._wire.list_headers
        async for document in self._reader.documents(
            self._reader.url_of(path), headers, may_fail=may_fail
        ):
            if document is None:
                yield None
                return
            yield listing.check_page(document)
        listing.check_complete()


def _halted(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.HALTED, code="token-refused", message=message)


def _not_sent(status: int, message: str) -> Outcome:
    return Outcome(
        kind=OutcomeKind.NOT_ACCEPTED, code="not-sent", http_status=status, message=message
    )
